"""The copy of a project that one run works in."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

_TRACE = Path(__file__).with_name("into_project") / "trace.py"
_AMQP = re.compile(
    r"(amqps?://(?:[^@/\s\"']*@)?)(?:localhost|127\.0\.0\.1)(?::5672)?(?=[/\"'\s]|$)"
)
_SQS = re.compile(r"\b(localhost|127\.0\.0\.1):9324\b")
_REDIS = re.compile(r"\b(localhost|127\.0\.0\.1):6379\b")


def copy_project(project: Path, folder: Path, ports: Mapping[str, int]) -> Path:
    """Copy a project to a new folder, with the addresses of the private servers."""
    shutil.copytree(project, folder, ignore=shutil.ignore_patterns("__pycache__"))
    redirect_files(folder, ports)
    return folder


def add_trace(folder: Path) -> None:
    """Put the module that writes the trace where the project's own modules find it."""
    shutil.copy(_TRACE, folder / "trace.py")


def hide(folder: Path, package: str) -> None:
    """Let a package be one that cannot be imported, as if it was not installed."""
    text = f'raise ModuleNotFoundError("No module named {package!r}")\n'
    (folder / f"{package}.py").write_text(text, encoding="utf-8")


def redirect_files(folder: Path, ports: Mapping[str, int]) -> None:
    """Redirect all text files in a folder to the servers of this run."""
    for path in folder.rglob("*"):
        if path.is_file():
            _redirect_file(path, ports)


def redirect(text: str, ports: Mapping[str, int]) -> str:
    """The text with the servers of this run in place of those on the usual ports."""
    text = _REDIS.sub(rf"\g<1>:{ports['redis']}", text)
    if "rabbitmq" in ports:
        text = _AMQP.sub(rf"\g<1>127.0.0.1:{ports['rabbitmq']}", text)
    if "sqs" in ports:
        text = _SQS.sub(rf"\g<1>:{ports['sqs']}", text)
    return text


def _redirect_file(path: Path, ports: Mapping[str, int]) -> None:
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError:
        return
    changed = redirect(text, ports)
    if changed != text:
        path.write_bytes(changed.encode())
