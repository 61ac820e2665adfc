"""Every project that the tests migrate verifies: the fixtures, and the cases of the bench."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
import tomlkit

from tests.cli.sample import call
from tests.projects import PROJECTS, whole_projects

pytestmark = pytest.mark.slow

CASES = Path(__file__).parents[1] / "behaviour" / "cases"
TRACE = CASES.parent / "bench" / "into_project" / "trace.py"

# What is found where a migration is right, each with the reason.
KNOWN = {
    "django": (
        ["celery"],
        "nothing moves, and Celery cannot start it: its models need apps it does not install",
    ),
    "case stays_sqs_predefined": (
        ["celery"],
        "nothing moves, and the project asks its server while it is imported",
    ),
    "half_moved": (
        ["option", "option"],
        "somebody has made `make_broker` shorter, and its broker has Dramatiq's own defaults",
    ),
}


def cases() -> Sequence[Path]:
    return sorted(path.parent for path in CASES.glob("*/case.toml"))


def name(path: Path) -> str:
    return path.name


def findings(root: Path, *options: str) -> list[tuple[str, str]]:
    """Migrate a project, verify it, and return what is found."""
    report = root.with_name("celery.json")
    given = ["--allow-no-vcs", "--format", "json", "--root", str(root), *options]
    assert call("apply", *given, "--output", report).exit_code == 0
    result = call("verify", report, "--root", root, "--format", "json")
    assert result.exit_code in (0, 1), result.stderr
    return [(f["code"], f["text"]) for f in json.loads(result.stdout)["findings"]]


@pytest.mark.parametrize("fixture", whole_projects(), ids=name)
def test_fixture(fixture: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(fixture / "before", root, dirs_exist_ok=True)
    shutil.copy(TRACE, root)
    monkeypatch.setenv("TRACE_URL", "redis://localhost")
    check(fixture.name, findings(root))


@pytest.mark.parametrize("case", cases(), ids=name)
def test_case(case: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = tomlkit.parse((case / "case.toml").read_text()).unwrap()
    shared = options.get("project")
    project = PROJECTS.parent / shared / "before" if shared else case / "project"
    shutil.copytree(project, root, dirs_exist_ok=True)
    shutil.copy(TRACE, root)
    for variable, value in {"TRACE_URL": "redis://localhost", **options.get("env", {})}.items():
        monkeypatch.setenv(variable, value)
    check(f"case {case.name}", findings(root, *options.get("extra_args", ())))


def check(project: str, found: list[tuple[str, str]]) -> None:
    known, _ = KNOWN.get(project, ([], ""))
    assert [code for code, _ in found] == known, "\n".join(text for _, text in found)
