"""Production is what it was, after either form of `apply --dev-only`, and without Dramatiq.

For every case of the behaviour bench and both forms: tasks with all attributes, configuration,
every message that is sent, what every task's run gives, and what the programs record. `look.py`
sees it.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from celery2dramatiq.development.environments import kind_of
from tests.cli.sample import call, tree

LOOK = Path(__file__).with_name("look.py")
FIXTURES = Path(__file__).parents[1] / "fixtures"
CASES = Path(__file__).parents[1] / "behaviour/cases"
NAMES = sorted(str(path.parent.relative_to(CASES)) for path in CASES.rglob("case.toml"))
FORMS = {"bridge": ("--dev-only",), "carrier": ("--dev-only", "--keep-source")}
UNSEEN = {
    "command_folder": "its worker changes into another folder before it imports the app",
    "stays_sqs_predefined": "its app asks the server when it is imported",
}
_NO_SETTINGS = (
    "beat_django",
    "beat_django_crontab",
    "django_half",
    "django_one_file",
    "django_sqs",
)
_MADE_IN_A_FUNCTION = ("beat_factory", "flask_direct_call", "flask_factory")
_NOT_CARRIED = (*_NO_SETTINGS, *_MADE_IN_A_FUNCTION, "stays_filesystem")
REFUSED = {
    "carrier": _NOT_CARRIED,
    "bridge": (
        *_NOT_CARRIED,
        "base_options",
        "beat_computed",
        "called_declarations",
        "class_tasks",
        "control_stays",
        "defaults_of_dramatiq",
        "half_result_app",
        "half_signature",
        "launcher_returns",
        "own_decorators",
        "purge",
        "purge_waiting",
        "revoke_running",
        "send_errors",
        "settings_refused",
        "stays_computed",
        "stays_signals",
    ),
}
_PROGRAM = re.compile(r"python ([^&']*)")
Found = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """What matters here of a case of the bench."""

    project: Path
    app: str
    drive: str
    env: Mapping[str, str]
    arguments: tuple[str, ...]


def load(folder: Path) -> Case:
    """The case in a folder, as the bench's own `case.load` has it, in production's environment."""
    said = tomlkit.parse((folder / "case.toml").read_text(encoding="utf-8")).unwrap()
    shared = said.get("project", "")
    project = FIXTURES / shared / "before" if shared else folder / "project"
    drive, arguments = said.get("drive", "python drive.py"), tuple(said.get("extra_args", ()))
    env = {**said.get("env", {}), **said.get("production", {})}
    return Case(project, said.get("app", "tasks"), drive, env, arguments)


class Looking:
    """A process that looks at projects, each in a fork."""

    def __init__(self) -> None:
        command = [sys.executable, str(LOOK)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        self._before: dict[str, Found] = {}

    def at(self, root: Path, case: Case) -> Found:
        """What is seen of a project in a folder."""
        output = root.with_name(f"{root.name}.json")
        drive = [shlex.split(found) for found in _PROGRAM.findall(case.drive)]
        job = {"root": str(root), "app": case.app, "drive": drive, "env": dict(case.env)}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({**job, "output": str(output)}), file=self._process.stdin, flush=True)
        status = self._process.stdout.readline().strip()
        assert status == "0", output.with_name(f"{output.name}.log").read_text(errors="replace")
        found: Found = json.loads(output.read_text())
        return found

    def before(self, folder: Path, name: str, case: Case) -> Found:
        """What is seen of the case's project as it is."""
        if name not in self._before:
            self._before[name] = self.at(copy(case, folder / "before"), case)
        return self._before[name]

    def close(self) -> None:
        self._process.communicate()


def copy(case: Case, folder: Path) -> Path:
    return Path(shutil.copytree(case.project, folder, ignore=shutil.ignore_patterns("__pycache__")))


@pytest.fixture(scope="module")
def looking() -> Iterator[Looking]:
    found = Looking()
    yield found
    found.close()


def developed(root: Path, form: str, case: Case) -> bool:
    """Apply a form; False where it is refused."""
    extra = case.arguments if form == "bridge" else ()
    answer = call("apply", *FORMS[form], "--allow-no-vcs", "--root", root, *extra)
    assert answer.exit_code in (0, 4), answer.output
    return answer.exit_code == 0


def differences(one: Any, other: Any, place: str = "") -> Iterator[str]:
    """Say where the two are not the same; moments may be five seconds apart."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            if key in one and key in other:
                yield from differences(one[key], other[key], f"{place}.{key}")
            else:
                yield f"{place}.{key} is only {'before' if key in one else 'after'}"
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        if not (one[:1] == other[:1] == ["s"] and abs(one[1] - other[1]) < 5):
            for number, (left, right) in enumerate(zip(one, other, strict=True)):
                yield from differences(left, right, f"{place}[{number}]")
    elif one != other or type(one) is not type(other):
        yield f"{place}: {one!r:.300} became {other!r:.300}"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", [name for name in NAMES if name not in UNSEEN])
def test_production_is_the_same(tmp_path: Path, looking: Looking, name: str, form: str) -> None:
    case = load(CASES / name)
    before = tree(copy(case, tmp_path / form))
    if not developed(tmp_path / form, form, case):
        assert name in REFUSED[form]
        return
    after = tree(tmp_path / form)
    changed = [path for path in after if after[path] != before.get(path)]
    assert not [path for path in changed if kind_of(path) == "production"]
    seen = looking.before(tmp_path, name, case)
    assert seen["tasks"]
    assert not list(differences(seen, looking.at(tmp_path / form, case)))
    answer = call("apply", "--dev-only", "--remove", "--allow-no-vcs", "--root", tmp_path / form)
    assert answer.exit_code == 0, answer.output
    left = tree(tmp_path / form)
    assert {path: left.get(path) for path in before} == before
    assert not (after.keys() - before.keys()) & left.keys()


def test_the_cases_send_and_run(tmp_path: Path, looking: Looking) -> None:
    """Or nothing would be compared."""
    case = load(CASES / "canvas_chains")
    seen = looking.before(tmp_path, "canvas_chains", case)
    assert len(seen["sent"]) > 40
    assert len(seen["runs"]) > 40
    assert seen["ended"] == [""]


@pytest.mark.parametrize(
    ("name", "old", "new", "place"),
    [
        ("countdown_literal", "delay / 1000", "delay / 10", ".sent"),
        ("retry_countdown", "actor.retry(**options)", "actor.retry()", ".sent"),
        ("expires", 'options["expires"] = max_age / 1000', "pass", ".sent"),
        ("queue_of_call", "options.update(celery or {})", "pass", ".sent"),
        ("canvas_chains", "canvas.chain", "canvas.group", ".sent"),
    ],
)
def test_a_bridge_that_is_wrong_is_found(
    tmp_path: Path, looking: Looking, name: str, old: str, new: str, place: str
) -> None:
    case = load(CASES / name)
    root = copy(case, tmp_path / "wrong")
    assert developed(root, "bridge", case)
    path = root / "dramatiq_bridge.py"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    seen = looking.before(tmp_path, name, case)
    found = list(differences(seen, looking.at(root, case)))
    assert any(one.startswith(place) for one in found), found
