"""`apply --dev-only` and then `apply` is as `apply` alone; every project that the tests have."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from celery2dramatiq.codemod import Options
from celery2dramatiq.development.bridge import bridge
from celery2dramatiq.development.keep_source import carry
from celery2dramatiq.development.taking_out import finishing, taken_out, with_texts
from celery2dramatiq.draft import carry_out
from celery2dramatiq.files import Change, Refused
from celery2dramatiq.project import Project, open_project
from tests.cli.sample import tree

TESTS = Path(__file__).parents[1]
OPTIONS = Options()


def projects() -> Iterator[Any]:
    """The folders of all projects, but for those that hold Celery no more."""
    for one in sorted((TESTS / "behaviour/cases").rglob("project")):
        yield pytest.param(one, id=one.parent.name)
    for one in sorted((TESTS / "fixtures").rglob("before")):
        if b"elery" in b"".join(tree(one).values()):
            marks = [] if one.parent.parent.name == "_projects" else [pytest.mark.slow]
            yield pytest.param(one, id=one.parent.name, marks=marks)


def written(root: Path, changes: Iterable[Change]) -> dict[str, bytes]:
    """The files, after they were changed."""
    for change in changes:
        path = root / change.path
        if change.after is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(change.after)
    return tree(root)


def copy(folder: Path, root: Path) -> Project:
    shutil.copytree(folder, root, ignore=shutil.ignore_patterns("__pycache__"))
    return open_project(root)


@pytest.mark.parametrize("folder", list(projects()))
def test_it_is_as_apply_alone(tmp_path: Path, folder: Path) -> None:
    """What is decided about is the same, and so is what comes of it."""
    project = copy(folder, tmp_path / "project")
    before = tree(project.root)
    plain = carried_out(project)
    after = written(copy(folder, tmp_path / "plain").root, plain)
    for form in (bridge, carry):
        root = tmp_path / form.__name__
        try:
            made = form(copy(folder, root), OPTIONS)
        except Refused:
            continue
        assert written(root, made.changes) != before
        lying = open_project(root)
        bare = with_texts(lying, taken_out(lying))
        assert bare.sources == project.sources
        assert bare.texts == project.texts
        assert bare.unread == project.unread
        paths = {one.path for one in (*made.changes, *plain)}
        assert {one for one in paths if bare.has(one)} == {one for one in paths if one in before}
        assert written(root, finishing(lying, plain)) == after


def carried_out(project: Project) -> Sequence[Change]:
    try:
        return carry_out(project, OPTIONS).changes
    except Refused:
        return ()
