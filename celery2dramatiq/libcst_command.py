"""One command for LibCST's own runner: every codemod, on the whole project at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import libcst as cst
from libcst.codemod import CodemodCommand, SkipFile
from libcst.metadata import BaseMetadataProvider

from celery2dramatiq.codemod import Options
from celery2dramatiq.project import make_plan, open_project
from celery2dramatiq.rewrite import rewrite_module
from celery2dramatiq.specs import FileEdit


class Planned(BaseMetadataProvider[FileEdit | None]):
    """The edit of a file.

    The runner asks for the cache once, before it writes the first file: an index that was built
    later would see tasks that are actors already.
    """

    @classmethod
    def gen_cache(
        cls, root_path: Path, paths: list[str], **_: object
    ) -> Mapping[str, FileEdit | None]:
        """Plan the whole project, whichever of its files the runner was given."""
        root = root_path.resolve()
        plan = make_plan(open_project(root), Options())
        edits = {edit.path: edit for edit in plan.edits}
        return {path: edits.get(_relative(path, root)) for path in paths}

    def _gen_impl(self, module: cst.Module) -> None:
        self.set_metadata(module, self.cache)  # type: ignore[arg-type]


class MigrateCommand(CodemodCommand):
    """`python -m libcst.tool codemod -x celery2dramatiq.libcst_command.MigrateCommand PATH`.

    It does not create the helper module that `celery2dramatiq apply` creates.
    """

    DESCRIPTION = "Rewrite what can be moved from Celery to Dramatiq."
    METADATA_DEPENDENCIES: Sequence[type[BaseMetadataProvider[object]]] = (Planned,)  # type: ignore[assignment]

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """Rewrite one module. Raises SkipFile if nothing changes in it."""
        edit = self.get_metadata(Planned, tree, None)
        if edit is None:
            raise SkipFile("nothing of Celery moves in it")
        return rewrite_module(tree, edit)


def _relative(path: str, root: Path) -> str:
    full = Path(path) if Path(path).is_absolute() else root / path
    return full.resolve().relative_to(root).as_posix()
