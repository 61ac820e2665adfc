"""The patch that lies beside the bridge: what `apply --dev-only` changed, to be undone exactly.

It is an ordinary one, which `git apply -R` takes, too. What was edited since stays, as long as the
lines that the patch has put in are still there, with those around them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celery2dramatiq.development.marks import bridge_of
from celery2dramatiq.files import Change, Refused, Source, decode, decode_text
from celery2dramatiq.report import diff

if TYPE_CHECKING:
    from celery2dramatiq.project import Project

_HEAD = (
    "Written by celery2dramatiq: what `apply --dev-only` has changed beside this file and the\n"
    "bridge. `celery2dramatiq apply --dev-only --remove` takes all of it out again.\n\n"
)
_CREATED = re.compile(r"^created: (.+) ([0-9a-f]{64})$", re.MULTILINE)
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


@dataclass(frozen=True, slots=True)
class _Hunk:
    """Lines as they were and as they became. at: the number of lines above the latter."""

    at: int
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _File:
    """What became of a file that was there."""

    path: str
    hunks: tuple[_Hunk, ...]


def patch(changes: Iterable[Change]) -> str:
    """Return the patch of changes. Bytes that are no UTF-8 come as surrogates.

    Raises files.Refused for a path that has odd characters.
    """
    found = list(changes)
    for change in found:
        if not (change.path.isascii() and change.path.isprintable()) or set(change.path) & {*'"\\'}:
            raise Refused(f"{change.path}: a path with such characters cannot be noted; rename it")
    created = (f"created: {one.path} {_sum(one.after)}\n" for one in found if one.before is None)
    return _HEAD + "".join([*created, *(diff.one(one) for one in found if one.before is not None)])


def _sum(data: bytes | None) -> str:
    return hashlib.sha256(data or b"").hexdigest()


def patch_beside(bridge: str) -> str:
    """Return the path of the patch."""
    return bridge.removesuffix(".py") + ".patch"


def one_before(patch: str, path: str, now: bytes | None) -> bytes | None:
    """Return the bytes of one file before, for a patch that may name it."""
    if (path, _sum(now)) in _CREATED.findall(patch):
        return None
    text = (now or b"").decode("utf-8", "surrogateescape")
    for file in _read(patch):
        if file.path == path:
            text = "".join(_undone(_lines(text), file))
    return text.encode("utf-8", "surrogateescape")


def undone(project: Project) -> dict[str, str | None]:
    """Return the files as they were before the bridge; none if there is no bridge.

    None where there is to be no file. Raises files.Refused where that cannot be told any more.
    """
    bridge = bridge_of(project)
    if not bridge:
        return {}
    beside = patch_beside(bridge)
    try:
        text = (project.root / beside).read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise Refused(f"{beside}, which says how it was: {error.strerror}") from error
    present = project.sources | project.texts
    texts: dict[str, str | None] = {bridge: None, beside: None}
    for path, known in _CREATED.findall(text):
        if path in present and _sum(present[path].data) != known:
            raise Refused(f"{path} was edited since it was written: move or delete it first")
        texts[path] = None
    for file in _read(text):
        if file.path not in present:
            raise Refused(f"{file.path} is gone, or cannot be read")
        now = present[file.path].data.decode("utf-8", "surrogateescape")
        texts[file.path] = _decoded(project, file.path, "".join(_undone(_lines(now), file)))
    return texts


def _decoded(project: Project, path: str, text: str) -> str:
    """Return the text as the file's own encoding has it."""
    decoder = decode_text if path in project.texts else decode
    source = decoder(path, text.encode("utf-8", "surrogateescape"))
    assert isinstance(source, Source)  # so it was when it was changed
    return source.text


def _undone(lines: Sequence[str], file: _File) -> Iterator[str]:
    """Yield the lines as they were: each hunk is looked for where it was, then farther away."""
    done, moved = 0, 0
    for hunk in file.hunks:
        expected, size = hunk.at + moved, len(hunk.after)
        places = range(done, len(lines) - size + 1)
        found = [at for at in places if tuple(lines[at : at + size]) == hunk.after]
        if not found:
            raise Refused(
                f"{file.path}: the lines around {hunk.at + 1} were edited since "
                "`apply --dev-only`; undo that first"
            )
        at = min(found, key=lambda one: abs(one - expected))
        moved = at - hunk.at
        yield from lines[done:at]
        yield from hunk.before
        done = at + size
    yield from lines[done:]


# -- reading


def _lines(text: str) -> list[str]:
    """Split at line feeds alone, which stay at the lines' ends."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _read(text: str) -> Iterator[_File]:
    _, *files = re.split(r"^diff --git ", text, flags=re.MULTILINE)
    for part in files:
        lines = _lines(part)
        path = lines[0].rstrip("\n")[len("a/") :]
        path = path[: (len(path) - len(" b/")) // 2]
        starts = [i for i, line in enumerate(lines) if line.startswith("@@ ")]
        bounds = zip(starts, [*starts[1:], len(lines)], strict=True)
        yield _File(path, tuple(_hunk(lines[start:end]) for start, end in bounds))


def _hunk(lines: Sequence[str]) -> _Hunk:
    match = _HUNK.match(lines[0])
    assert match is not None  # we wrote it
    sides: tuple[list[str], list[str]] = [], []
    touched: list[list[str]] = []
    for line in lines[1:]:
        if line.startswith("\\"):  # of the line above
            for side in touched:
                side[-1] = side[-1].removesuffix("\n")
            continue
        marked = zip(sides, (" -", " +"), strict=True)
        touched = [side for side, marks in marked if line[0] in marks]
        for side in touched:
            side.append(line[1:])
    at = int(match[2]) - (1 if sides[1] else 0)
    return _Hunk(at, tuple(sides[0]), tuple(sides[1]))
