"""Both forms of `--dev-only`, side by side, with what each would do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from celery2dramatiq.development.bridge import bridge
from celery2dramatiq.development.keep_source import carry
from celery2dramatiq.development.model import Carrying
from celery2dramatiq.files import Refused
from celery2dramatiq.report import diff, inventory

if TYPE_CHECKING:
    from celery2dramatiq.codemod import Options
    from celery2dramatiq.project import Project

Form = Callable[["Project", "Options", Sequence[str]], Carrying]
_FORMS: dict[str, Form] = {
    "apply --dev-only": bridge,
    "apply --dev-only --keep-source": carry,
}


def as_text(project: Project, options: Options, settings: Sequence[str]) -> str:
    """Return both forms with their numbers, for a project in which neither is.

    settings: Django's settings modules for development; found without any.
    """
    lines: list[str] = []
    stays: list[str] | None = None
    for name, form in _FORMS.items():
        lines.append(f"{name}:")
        try:
            done = form(project, options, settings)
        except Refused as error:
            lines.append(f"  refused: {error}")
            continue
        lines += (f"  {line}" for line in _numbers(done))
        if done.plan is not None:
            stays = [inventory.name_of(task) for task in done.plan.staying]
    return "\n".join([*lines, _fits(stays)]) + "\n"


def _numbers(done: Carrying) -> Iterator[str]:
    edited = [one for one in done.changes if one.before is not None]
    counts = [diff.counts(one) for one in edited]
    added, removed = sum(one for one, _ in counts), sum(one for _, one in counts)
    yield f"{len(edited)} files edited, +{added} -{removed} lines"
    created = [one for one in done.changes if one.before is None]
    yield f"{len(created)} files created, {sum(diff.counts(one)[0] for one in created)} lines"
    for said in done.evidence:
        yield f"{said.path}:{said.line} names {said.says}"
    if done.plan is None:
        yield "every task is carried; development has Celery's semantics"
        return
    yield f"{len(done.plan.moving)} tasks run on Dramatiq in development"
    for task in done.plan.staying:
        reasons = "; ".join(f"{one.row.code} {one.text}" for one in task.held_by)
        yield f"stays on Celery in development: {inventory.name_of(task)} ({reasons})"


def _fits(stays: Sequence[str] | None) -> str:
    """Return which of the forms fits. stays: the tasks that the first leaves; None: refused."""
    if stays is None:
        return "The first does not fit; the second leaves the code as it is."
    if stays:
        return (
            f"The first leaves {len(stays)} on Celery, whose worker development then needs, too; "
            "the second carries all."
        )
    return (
        "The first fits: it rehearses the migration. The second is for a team that wants another "
        "broker in development and nothing else."
    )
