"""One run of `scan` or `apply`, from reading to writing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from celery2dramatiq import baseline, files
from celery2dramatiq.acceptance import Acceptance, acceptance
from celery2dramatiq.draft import Draft, Wrong, carry_out, forecast
from celery2dramatiq.files import Change, Source
from celery2dramatiq.heard import Heard, hear
from celery2dramatiq.mapping import Action
from celery2dramatiq.project import open_project

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from celery2dramatiq.baseline import Entry, New
    from celery2dramatiq.codemod import Options
    from celery2dramatiq.decisions import Decisions
    from celery2dramatiq.plan import Plan
    from celery2dramatiq.project import Project

Tell: TypeAlias = "Callable[[str], None]"

_LEVELS = {
    "manual": (Action.MANUAL,),
    "review": (Action.MANUAL, Action.REVIEW),
    "rewrite": (Action.MANUAL, Action.REVIEW, Action.REWRITE),
}


def _nobody(_: str) -> None:
    """Tell nobody."""


@dataclass
class Run:
    """What was read and decided, and what was done.

    interrupted: what an earlier run left behind. restorable: git has what was overwritten.
    words: the options by which the user chose the project and what becomes of it.
    known: the uses of Celery in the baseline, None without one. tell: is told what is being done.
    lying: the project as it lies there, where `apply --dev-only` was at work; `project` is without.
    """

    project: Project
    options: Options
    interrupted: str | None = None
    words: tuple[str, ...] = ()
    computed: bool = False
    written: bool = False
    restorable: bool = False
    known: Mapping[Entry, int] | None = None
    tell: Tell = field(default=_nobody)
    lying: Project | None = None
    _draft: Draft | None = None
    _heard: tuple[Draft, Heard] | None = None
    _acceptance: tuple[Draft, Acceptance | None] | None = None

    @classmethod
    def start(
        cls,
        root: Path,
        options: Options,
        recover: Callable[[str], None] | None = None,
        *,
        tracked: bool = False,
        tell: Tell = _nobody,
    ) -> Run:
        """Read. recover: mend an interrupted write first, and say so with it.

        tracked: look only at files that git knows.
        """
        interrupted = files.interrupted(root)
        if recover is not None:
            done = files.recover(root)
            interrupted = None
            if done:
                recover(done)
        tell("reading the project")
        project = open_project(root, options.exclude, tracked=tracked)
        return cls(project, options, interrupted, tell=tell)

    @property
    def draft(self) -> Draft:
        """What becomes of the project: forecast, until it was computed."""
        if self._draft is None:
            self.tell(f"deciding about {len(self.project.found.files)} files")
            self._draft = forecast(self.project, self.options)
        return self._draft

    @property
    def plan(self) -> Plan:
        """What was decided, with those findings that the user wants to hear of."""
        return replace(self.draft.plan, findings=self.heard.findings)

    @property
    def heard(self) -> Heard:
        """The findings, parted into those that are reported and the others."""
        if self._heard is None or self._heard[0] is not self.draft:
            plan = self.draft.plan
            unread = {file.path for file in plan.unreadable}
            sources = (*self.project.sources.values(), *self.project.texts.values())
            files = (file for file in sources if file.path not in unread)
            self._heard = self.draft, hear(plan.findings, self.options, files)
        return self._heard[1]

    @property
    def acceptance(self) -> Acceptance | None:
        """What more could move if losses were taken; None where nothing could."""
        if self.options.dev_only:
            return None  # Celery stays beside whatever moves
        if self._acceptance is None or self._acceptance[0] is not self.draft:
            self._acceptance = self.draft, acceptance(self.project, self.options, self.draft)
        return self._acceptance[1]

    @property
    def new(self) -> tuple[New, ...]:
        """The uses of Celery that the baseline does not have; none without a baseline."""
        if self.known is None:
            return ()
        return tuple(baseline.new(self.draft.plan.index, self.known))

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes; before `compute` none is known."""
        return self.draft.changes if self.computed else ()

    def preview(self) -> tuple[Change, ...]:
        """Return the changes; of a scan, those that `apply` would make. None where it refuses."""
        if self.computed:
            return self.changes
        self.tell(f"rewriting {len(self.project.found.files)} files as far as they use Celery")
        try:
            return carry_out(self.project, self.options).changes
        except files.Refused:
            return ()

    @property
    def incomplete(self) -> bool:
        """Tell whether a file that Celery is in could not be read, or not be edited."""
        leave = self.options.leave
        unread = any(file.celery for file in self.plan.unreadable if file.path not in leave)
        unseen = any(file.mentions_celery for file in self.project.found.skipped)
        return unread or unseen or bool(set(self.draft.unwritable) - set(leave))

    def reaches(self, level: str) -> bool:
        """Tell whether there is a finding of that level or a worse one, or what is new."""
        if level == "new":
            return bool(self.new)
        return any(finding.action in _LEVELS[level] for finding in self.plan.findings)

    def choose(self, options: Options) -> None:
        """Decide anew, with other options."""
        self.options, self._draft, self.computed = options, None, False

    def compute(self) -> None:
        """Make the changes in memory, and make sure that a second run would make none.

        Raises files.Refused where they cannot be written, and Wrong where we made a mistake.
        """
        self.tell(f"rewriting {len(self.project.found.files)} files as far as they use Celery")
        self._draft = carry_out(self.project, self.options)
        self.computed = True
        self.tell("making sure that a second run changes nothing")
        again = carry_out(self._after(), self.options).changes if self.changes else ()
        if again:
            paths = ", ".join(change.path for change in again)
            raise Wrong(f"a second run would change {paths} once more")
        if self.lying is not None:
            from celery2dramatiq.development.taking_out import finishing

            changes = tuple(finishing(self.lying, self._draft.changes))
            existing = frozenset(one.path for one in changes if one.before is not None)
            self._draft = replace(self._draft, changes=changes, changed=existing)

    def store(self, decisions: Decisions) -> None:
        """Let the changes store decisions in the configuration. Raises files.Refused."""
        self._draft = self.draft.storing(self.project.root, decisions)

    def check(self, *, allow_dirty: bool, allow_no_vcs: bool) -> None:
        """Raise files.Refused where git could not bring back what would be overwritten."""
        paths = [change.path for change in self.changes]
        files.check(self.project.root, paths, allow_dirty=allow_dirty, allow_no_vcs=allow_no_vcs)

    def without_development(self) -> None:
        """Take the project as it was before `apply --dev-only`, in memory. Raises files.Refused."""
        from celery2dramatiq.development.taking_out import taken_out, with_texts

        texts = taken_out(self.project)
        if texts:
            self.lying, self.project = self.project, with_texts(self.project, texts)

    def write(self, *, allow_dirty: bool, allow_no_vcs: bool) -> None:
        """Write all changes or none. Raises files.Refused and files.WriteFailed."""
        root = self.project.root
        self.restorable = not (allow_dirty or allow_no_vcs)
        if self.changes:
            self.check(allow_dirty=allow_dirty, allow_no_vcs=allow_no_vcs)
            files.write(root, self.changes)
            files.drop_empty(root, self.changes)
        self.written = True

    def _after(self) -> Project:
        """Return the project as it will be."""
        project = self.project
        sources, texts = dict(project.sources), dict(project.texts)
        for change in self.changes:
            assert change.after is not None  # no edit deletes a file
            is_text = change.path in texts
            source = (files.decode_text if is_text else files.decode)(change.path, change.after)
            assert isinstance(source, Source)  # it was just encoded
            (texts if is_text else sources)[change.path] = source
        return replace(project, sources=sources, texts=texts)
