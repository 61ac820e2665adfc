"""Every file's diff, folded away until it is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery2dramatiq.report import diff
from celery2dramatiq.report.html.markup import Html, join, tag
from celery2dramatiq.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from celery2dramatiq.files import Change

_KINDS = {"+": "add", "-": "remove", "@": "hunk"}


def files(changes: Sequence[Change]) -> Html:
    """Return the changed files; those that are new come last, as they are the same everywhere."""
    return join(_file(one) for one in sorted(changes, key=lambda one: one.before is None))


def _file(change: Change) -> Html:
    added, removed = diff.counts(change)
    kind = [" ", tag("span", "new", class_="badge REWRITE")] if change.before is None else []
    summary = tag(
        "summary", tag("code", change.path), *kind, " ",
        tag("span", f"+{added}", class_="add"), " ", tag("span", f"-{removed}", class_="remove"),
    )  # fmt: skip
    hunks = diff.one(change).partition("\n@@")
    text = hunks[1].lstrip("\n") + hunks[2]
    lines = (_line(line.removesuffix("\r")) for line in text.split("\n")[:-1])
    return tag("details", summary, tag("pre", *lines, class_="wide diff", tabindex="0"))


def _line(line: str) -> Html:
    # Tabs are kept by `visible`, an empty line would have no height.
    return tag("span", visible(line) or " ", class_=_KINDS.get(line[:1], "same"))
