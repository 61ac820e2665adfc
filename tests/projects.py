"""Small projects for tests: planned in memory, or in a folder, like those of `tests/fixtures`.

`python -m tests.projects --update-fixtures [NAME ...]` writes what comes out now into the `after/`
folders. Those are the promise: read every line of the difference before you commit it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from celery2dramatiq import index, plan
from celery2dramatiq.cli import main as main_command
from celery2dramatiq.codemod import Options, Rules, load
from celery2dramatiq.files import Source, Unreadable, decode
from celery2dramatiq.plan import Plan
from celery2dramatiq.rewrite import rewrite
from celery2dramatiq.splice import splice
from celery2dramatiq.style import line_length
from celery2dramatiq.templates import compose

FIXTURES = Path(__file__).parent / "fixtures"
PROJECTS = FIXTURES / "_projects"
HELPERS = "dramatiq_helpers.py"
MARK = b"# compose: "  # of an expected helper module: the names that `compose` is given

Files = Mapping[str, str]
Tree = dict[str, bytes]


# -- in memory


def planned(
    files: Files,
    options: Options = Options(),  # noqa: B008 - frozen
    *,
    rules: Rules | None = None,
    width: int = 88,
) -> Plan:
    """Plan a project that consists of these files; one that can't be decoded is unreadable."""
    return plan_of_sources(read(files), options, rules or load(), width)


def migrated(files: Files, options: Options = Options()) -> dict[str, str]:  # noqa: B008 - frozen
    """Return the project's files after `apply`, the helper module's as well."""
    decided = planned(files, options)
    after = dict(files)
    for edit in decided.edits:
        after[edit.path] = rewrite(files[edit.path], edit)
    for change in decided.text_edits:
        after[change.path] = splice(files[change.path], change.splices)
    after.update({path: text for path, text in decided.created.items() if path not in files})
    for path, names in decided.helpers.items():
        after[path] = compose(names, files.get(path))
    return after


def read(files: Files) -> dict[str, Source | Unreadable]:
    """Decode files as if they had been found in a folder."""
    return {path: decode(path, text.encode()) for path, text in files.items()}


def plan_of_sources(
    files: Mapping[str, Source | Unreadable], options: Options, rules: Rules, width: int = 88
) -> Plan:
    """Plan a project from its files."""
    every = {path: file for path, file in files.items() if isinstance(file, Source)}
    sources = {path: file for path, file in every.items() if path.endswith(".py")}
    unreadable = [file for file in files.values() if isinstance(file, Unreadable)]
    built = index.build(sources, unreadable)
    unparsed = [file.path for file in built.files if file.status == "unreadable"]
    mentions = [(path, sources[path].data) for path in unparsed if path in sources]
    return plan.build(built, rules, options, mentions=mentions, width=width, files=every)


# -- in a folder


def tree(folder: Path) -> Tree:
    """Return the bytes of every file, by its path in the folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(files)
        if "__pycache__" not in path.parts
    }


def expected(fixture: Path) -> Tree:
    """Return what `after/` promises, its helper modules written out."""
    before, after = tree(fixture / "before"), tree(fixture / "after")
    for path, data in after.items():
        if Path(path).name == HELPERS and data.startswith(MARK):
            parts = parts_of(plan_of(fixture, load()), path)
            after[path] = _composed(data, before.get(path), parts)
    return after


def parts_of(decided: Plan, path: str) -> list[str]:
    """Return the parts of helpers that a project needs; `tests/plan/test_plan_broker.py` has them.

    Every fixture has a broker, and few are about it: a mark does not name them.
    """
    return [name for name in decided.helpers.get(path, ()) if name.startswith("_")]


def _composed(mark: bytes, existing: bytes | None, parts: Sequence[str]) -> bytes:
    names = mark.removeprefix(MARK).decode().rstrip("\n").split(", ")
    assert mark == MARK + ", ".join(sorted(set(names))).encode() + b"\n"
    text = existing.decode() if existing is not None else None
    return compose([*names, *parts], text).encode()


@dataclass(frozen=True)
class Applied:
    """A fixture on which `apply` was run. plan: what it was about to do. again: a second run."""

    plan: Plan
    after: Tree
    again: Tree

    @property
    def helpers(self) -> Tree:
        """The helper modules as marks."""
        return {
            path: MARK + ", ".join(n for n in names if not n.startswith("_")).encode() + b"\n"
            for path, names in self.plan.helpers.items()
        }


def apply(fixture: Path, root: Path) -> Applied:
    """Copy the fixture's `before/` to `root` and run `apply` there, twice."""
    shutil.copytree(fixture / "before", root)
    decided = plan_of(fixture, load())
    after = _apply(fixture, root)
    return Applied(decided, after, _apply(fixture, root))


def _apply(fixture: Path, root: Path) -> Tree:
    chosen = options_of(fixture).items()
    options = [word for key, value in chosen for word in (f"--{key.replace('_', '-')}", value)]
    line = ["apply", "--allow-no-vcs", "--root", str(root), *options]
    done = CliRunner().invoke(main_command, line)
    assert done.exit_code == 0, done.output
    return tree(root)


def options_of(fixture: Path) -> dict[str, str]:
    """Return what the user of a fixture chooses: what is in its `options.json`."""
    chosen = fixture / "options.json"
    return dict(json.loads(chosen.read_text())) if chosen.is_file() else {}


def plan_of(fixture: Path, rules: Rules) -> Plan:
    """Plan a fixture."""
    folder = fixture / "before"
    files = {path: decode(path, data) for path, data in tree(folder).items()}
    width = line_length(folder)
    return plan_of_sources(files, Options(**options_of(fixture)), rules, width)  # type: ignore[arg-type]


# -- through the command line


def command(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program in a process of its own."""
    line = [sys.executable, "-m", "celery2dramatiq", *arguments, "--root", str(root)]
    return subprocess.run(line, cwd=root, capture_output=True, check=False)


def commands_of(report: Mapping[str, Any]) -> str:
    """Return the commands in a report that start the workers, a line each."""
    found = (report["worker"], report["celery_worker"])
    return "".join(f"{one['command']}\n" for one in found if one is not None)


def commands_in(decided: Plan) -> str:
    """Return the same of a plan."""
    found = (decided.worker, decided.celery_worker)
    return "".join(f"{one.command}\n" for one in found if one is not None)


def fixtures() -> Sequence[Path]:
    """Return the fixtures of the codemods: `<codemod>`, or `<codemod>.<what is special>`."""
    return sorted(path for path in FIXTURES.iterdir() if path.is_dir() and path != PROJECTS)


def whole_projects() -> Sequence[Path]:
    """Return the fixtures of all codemods together."""
    return sorted(path for path in PROJECTS.iterdir() if path.is_dir())


# -- new promises


def update(fixture: Path) -> None:
    """Write `after/` anew."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        applied = apply(fixture, root)
    after = dict(applied.after)
    before = tree(fixture / "before")
    for path, mark in applied.helpers.items():
        if after[path] == _composed(mark, before.get(path), parts_of(applied.plan, path)):
            after[path] = mark
    shutil.rmtree(fixture / "after", ignore_errors=True)
    for path, data in after.items():
        (fixture / "after" / path).parent.mkdir(parents=True, exist_ok=True)
        (fixture / "after" / path).write_bytes(data)
    if fixture.parent == PROJECTS:
        (fixture / "commands.txt").write_text(commands_in(applied.plan))


def main(arguments: Sequence[str]) -> None:
    """Update the fixtures of these names, or all."""
    option, *names = arguments or [""]
    if option != "--update-fixtures":
        sys.exit(__doc__)
    for fixture in _named(names):
        update(fixture)


def _named(names: Sequence[str]) -> Iterator[Path]:
    for fixture in (*fixtures(), *whole_projects()):
        if not names or fixture.name in names:
            yield fixture


if __name__ == "__main__":
    main(sys.argv[1:])
