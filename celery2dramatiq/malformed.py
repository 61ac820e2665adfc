"""Whether a file still is what its name says: Python, TOML, YAML or JSON."""

from __future__ import annotations

import json
import warnings


def malformed(path: str, data: bytes) -> str:
    """Return why a file is not well formed; "" if it is, or if its kind is not known."""
    suffix = path.rpartition("/")[2].rpartition(".")[2]
    check = {
        "py": _python, "toml": _toml, "Pipfile": _toml, "yml": _yaml, "yaml": _yaml, "json": _json,
    }.get(suffix)  # fmt: skip
    return check(data) if check is not None else ""


def invalid_python(data: bytes) -> str:
    """Return why some source is no valid Python; "" if it is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes are the project's own affair
        try:
            compile(data, "<file>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return str(error) or type(error).__name__
    return ""


def _python(data: bytes) -> str:
    problem = invalid_python(data)
    return f"no valid Python: {problem}" if problem else ""


def _toml(data: bytes) -> str:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        tomlkit.parse(data.decode("utf-8-sig"))
    except (TOMLKitError, RecursionError) as error:
        return f"no valid TOML: {error}"
    return ""


def _yaml(data: bytes) -> str:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        list(YAML(typ="safe", pure=True).compose_all(data.decode("utf-8-sig")))
    except (YAMLError, RecursionError) as error:
        return f"no valid YAML: {getattr(error, 'problem', None) or error}"
    return ""


def _json(data: bytes) -> str:
    try:
        json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return f"no valid JSON: {error}"
    return ""
