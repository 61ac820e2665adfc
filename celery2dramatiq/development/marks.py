"""Text that is put into a project's files so that it can be taken out again exactly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from celery2dramatiq.codemod import BRIDGE

if TYPE_CHECKING:
    from celery2dramatiq.project import Project

PACKAGE = "celery_over_dramatiq"
LINE = "# celery2dramatiq: development only"
_BEGIN, _END = f"{LINE}, begin", f"{LINE}, end"
_NEWLINE = re.compile(r"\r\n|\n|\r")
_BLOCK = re.compile(
    rf"(\r\n|\n|\r)\1[ \t]*{_BEGIN}(?:\r\n|\n|\r)(?:.*?(?:\r\n|\n|\r))??[ \t]*{_END}", re.DOTALL
)
_MARKED = re.compile(rf"[^\r\n]*[ \t]{LINE}(?=[\r\n]|$)(?:\r\n|\n|\r)?")
_LAST_MARKED = re.compile(rf"(?:\r\n|\n|\r)[^\r\n]*[ \t]{LINE}$(?![\r\n])")
_WRITTEN = "Written by celery2dramatiq"


def with_block(text: str, at: int, lines: list[str], indent: str = "") -> str:
    """Return the text with marked lines behind the line in which a character stands.

    at: that character. indent: what each of the new lines begins with.
    """
    found = _NEWLINE.search(text)
    newline = found[0] if found else "\n"
    ends = _NEWLINE.search(text, at)
    end = ends.start() if ends else len(text)
    block = [f"{indent}{line}" if line else "" for line in (_BEGIN, *lines, _END)]
    return text[:end] + newline * 2 + newline.join(block) + text[end:]


def without_marked(text: str) -> str:
    """Return the text as it was before marked blocks and lines were put in."""
    if LINE not in text:
        return text
    text, left = _BLOCK.sub("", text), ""
    while text != left:  # of several at the end of a file without a last line end
        text, left = _LAST_MARKED.sub("", text), text
    return _MARKED.sub("", text)


def is_generated(path: str, text: str) -> bool:
    """Tell whether a file is one of the package that we write."""
    folders = path.split("/")
    return PACKAGE in folders[-2:-1] and _WRITTEN in text[:1000]


def is_carried(project: Project) -> bool:
    """Tell whether a project's development runs on Dramatiq already."""
    return any(is_generated(path, source.text) for path, source in project.sources.items())


def said_of(project: Project) -> str:
    """Return what a plain command says where Dramatiq carries the tasks; "" where it does not."""
    if bridge_of(project):
        what = "this project's tasks are written for Dramatiq in development, behind a bridge"
    elif is_carried(project):
        what = "Dramatiq carries this project's tasks in development"
    else:
        return ""
    return (
        f"{what}; what is reported is without that. A plain `apply` finishes the migration, and "
        "`apply --dev-only --remove` takes it out"
    )


def bridge_of(project: Project) -> str:
    """Return the path of the bridge; "" if there is none."""
    for path, source in project.sources.items():
        if path.rpartition("/")[2] == f"{BRIDGE}.py" and _WRITTEN in source.text[:1000]:
            return path
    return ""
