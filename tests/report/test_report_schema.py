"""`docs/report.schema.json` is the form of every JSON report, and says all of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError  # type: ignore[import-untyped]

from tests.cli.sample import BROKEN, HALF, NONE, WHOLE, Files, call, write
from tests.projects import PROJECTS

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text("utf-8"))


def closed(schema: Any) -> Any:
    """Return the schema without room for keys that it does not name."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items()}
    if "required" in schema:
        found["additionalProperties"] = False
    return found


VALIDATOR = Draft202012Validator(closed(SCHEMA))


def report(root: Path, *words: str | Path, command: str = "scan") -> dict[str, Any]:
    answer = call(command, "--root", root, "--format", "json", *words)
    assert answer.exit_code in (0, 1, 3), answer.stderr
    return dict(json.loads(answer.stdout))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("files", [WHOLE, HALF, BROKEN, NONE, {"a.py": "x = 1\n"}])
@pytest.mark.parametrize("command", ["scan", "apply"])
def test_reports_are_valid(files: Files, command: str, tmp_path: Path) -> None:
    words = ["--allow-no-vcs"] if command == "apply" else []
    VALIDATOR.validate(report(write(tmp_path, files), *words, command=command))


@pytest.mark.parametrize("project", sorted(PROJECTS.iterdir()), ids=lambda path: path.name)
def test_reports_of_whole_projects_are_valid(project: Path) -> None:
    VALIDATOR.validate(report(project / "before"))


def test_what_is_new_and_ignored_is_valid(tmp_path: Path) -> None:
    write(tmp_path, {**HALF, "b.json": '{"schema": 1, "uses": []}'})
    found = report(tmp_path, "--baseline", tmp_path / "b.json", "--ignore", "C2D1")
    assert found["new"]
    assert found["ignored"]
    VALIDATOR.validate(found)


@pytest.mark.parametrize("key", SCHEMA["required"])
def test_no_key_may_be_missing_or_of_another_kind(key: str, tmp_path: Path) -> None:
    found = report(write(tmp_path, HALF))
    for wrong in ({**found, key: 3.5}, {k: v for k, v in found.items() if k != key}):
        with pytest.raises(ValidationError):
            VALIDATOR.validate(wrong)


def test_an_unknown_key_would_be_noticed(tmp_path: Path) -> None:
    found = report(write(tmp_path, HALF))
    found["findings"][0]["more"] = 1
    with pytest.raises(ValidationError):
        VALIDATOR.validate(found)
    Draft202012Validator(SCHEMA).validate(found)
