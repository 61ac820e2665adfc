"""Development runs on Dramatiq, while everything else goes on running on Celery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery2dramatiq import files
from celery2dramatiq.development.bridge import bridge
from celery2dramatiq.development.keep_source import carry
from celery2dramatiq.development.model import Carrying
from celery2dramatiq.development.report import render
from celery2dramatiq.development.taking_out import changes, taken_out

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from celery2dramatiq.run import Run

__all__ = ["done", "render", "write"]


def done(run: Run, settings: Sequence[str], *, remove: bool, keep_source: bool) -> Carrying:
    """Return what switches development to Dramatiq, or back.

    settings: Django's settings modules for development; found without any.
    Raises files.Refused, and draft.Wrong where we made a mistake.
    """
    if remove:
        return Carrying(tuple(changes(run.project, taken_out(run.project))))
    form = carry if keep_source else bridge
    return form(run.project, run.options, settings)


def write(root: Path, carrying: Carrying, *, allow_dirty: bool, allow_no_vcs: bool) -> None:
    """Write all changes or none. Raises files.Refused and files.WriteFailed."""
    if carrying.changes:
        paths = [change.path for change in carrying.changes]
        files.check(root, paths, allow_dirty=allow_dirty, allow_no_vcs=allow_no_vcs)
        files.write(root, carrying.changes)
        files.drop_empty(root, carrying.changes)
