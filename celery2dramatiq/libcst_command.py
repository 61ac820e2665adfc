"""One command for LibCST's own runner: every codemod, on the whole project at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import libcst as cst
from libcst.codemod import CodemodCommand, SkipFile
from libcst.metadata import BaseMetadataProvider

from celery2dramatiq.configuration import options
from celery2dramatiq.draft import carry_out
from celery2dramatiq.project import open_project

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a file: its new bytes, None if nothing changes. note: for whoever looks."""

    after: bytes | None = None
    note: str = ""


class Planned(BaseMetadataProvider[Outcome]):
    """What becomes of each file.

    The runner asks for the cache once, in the first process and before a file is written (LibCST
    1.9: `parallel_exec_transform_with_prettyprint`), then hands it to the other processes with
    each file. A plan that was made later would see tasks that are actors already.
    """

    @classmethod
    def gen_cache(cls, root_path: Path, paths: list[str], **_: object) -> Mapping[str, Outcome]:
        """Migrate the whole project in memory, whichever of its files the runner was given."""
        root = root_path.resolve()
        chosen = options(root)
        project = open_project(root, chosen.exclude)
        changes = {change.path: change for change in carry_out(project, chosen).changes}
        new = [path for path, change in changes.items() if change.before is None]
        note = f"`celery2dramatiq apply` creates what it imports: {', '.join(new)}" if new else ""
        cache = {}
        for path in paths:
            change = changes.get(_relative(path, root))
            cache[path] = Outcome(change.after, note) if change is not None else Outcome()
        return cache

    def _gen_impl(self, module: cst.Module) -> None:
        self.set_metadata(module, self.cache)


class MigrateCommand(CodemodCommand):
    """`python -m libcst.tool codemod -x celery2dramatiq.libcst_command.MigrateCommand PATH`.

    It creates no file and knows no options; the helper module that `celery2dramatiq apply` creates
    is missing then. The runner passes over files that are marked as generated.
    """

    DESCRIPTION = "Rewrite what can be moved from Celery to Dramatiq."
    METADATA_DEPENDENCIES = (Planned,)

    def transform_module(self, tree: cst.Module) -> cst.Module:
        """Rewrite one module. Raises SkipFile if nothing changes, ValueError without a file."""
        if self.context.metadata_manager is None:
            raise ValueError("what becomes of it depends on the project: name a file, not `-`")
        return super().transform_module(tree)

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """Return the module as it was planned, which may be a file with a BOM."""
        outcome = self.get_metadata(Planned, tree)
        if outcome.after is None:
            raise SkipFile("nothing of Celery moves in it")
        if outcome.note:
            self.warn(outcome.note)
        return cst.parse_module(outcome.after)


def _relative(path: str, root: Path) -> str:
    full = Path(path).resolve()
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else path
