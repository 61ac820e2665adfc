"""One run of `scan` or `apply`, from reading to writing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from celery2dramatiq import files
from celery2dramatiq.codemod import Options
from celery2dramatiq.files import Change, Source
from celery2dramatiq.mapping import Action
from celery2dramatiq.plan import Plan
from celery2dramatiq.project import Project, Unwritable, changes, make_plan, open_project

_LEVELS = {
    "manual": (Action.MANUAL,),
    "review": (Action.MANUAL, Action.REVIEW),
    "rewrite": (Action.MANUAL, Action.REVIEW, Action.REWRITE),
}


@dataclass
class Run:
    """What was read and decided, and with `compute` and `write` what was done."""

    project: Project
    options: Options
    plan: Plan
    interrupted: str | None = None
    changes: tuple[Change, ...] = ()
    written: bool = False
    computed: bool = field(default=False)

    @classmethod
    def start(
        cls,
        root: Path,
        options: Options,
        exclude: Sequence[str] = (),
        recover: Callable[[str], None] | None = None,
    ) -> Run:
        """Read and plan. recover: mend an interrupted write first, and say so with it."""
        interrupted = None
        if recover is not None:
            done = files.recover(root)
            if done:
                recover(done)
        else:
            interrupted = files.interrupted(root)
        project = open_project(root, exclude)
        return cls(project, options, make_plan(project, options), interrupted)

    @property
    def incomplete(self) -> bool:
        """Tell whether a file that mentions Celery could not be read."""
        skipped = [*self.plan.unreadable, *self.project.found.skipped]
        return any(
            file.celery if hasattr(file, "celery") else file.mentions_celery for file in skipped
        )

    def reaches(self, level: str) -> bool:
        """Tell whether there is a finding of that level or a worse one."""
        return any(finding.action in _LEVELS[level] for finding in self.plan.findings)

    def compute(self) -> None:
        """Make the changes in memory, and make sure that a second run would make none.

        Raises Unwritable if an edit cannot be made, or is not final.
        """
        self.changes = changes(self.project, self.plan)
        self.computed = True
        after = self._after()
        again = changes(after, make_plan(after, self.options))
        if again:
            paths = ", ".join(change.path for change in again)
            raise Unwritable(f"a second run would change {paths} once more")

    def write(self, *, allow_dirty: bool, allow_no_vcs: bool) -> None:
        """Write all changes or none. Raises files.Refused and files.WriteFailed."""
        root = self.project.root
        if self.changes:
            paths = [change.path for change in self.changes]
            files.check(root, paths, allow_dirty=allow_dirty, allow_no_vcs=allow_no_vcs)
            files.write(root, self.changes)
        self.written = True

    def _after(self) -> Project:
        sources = dict(self.project.sources)
        for change in self.changes:
            assert change.after is not None  # no edit deletes a file
            source = files.decode(change.path, change.after)
            assert isinstance(source, Source)  # it was just encoded
            sources[change.path] = source
        project = self.project
        return Project(project.root, project.found, sources, project.unreadable)
