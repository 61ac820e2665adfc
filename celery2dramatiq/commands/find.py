"""Finds where a project's files start Celery."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from celery2dramatiq.commands import trees
from celery2dramatiq.commands.launch import launches
from celery2dramatiq.commands.options import Call, read
from celery2dramatiq.commands.places import Piece, Reader, Unparsable, reader_of
from celery2dramatiq.commands.shell import Line, Unbalanced, lines, words_of
from celery2dramatiq.commands.stretch import Stretch

LARGEST = 300_000  # characters, which ruamel.yaml reads in some three seconds
_PROSE = words_of(".md .rst .txt .adoc .markdown .html .po .pot .ipynb")
_SEEN = words_of(
    ".yml .yaml .json .jsonc .code-workspace .toml .cfg .ini .conf .service .timer .sh .bash "
    ".zsh .ksh .fish .env .envrc .mk .just .md .rst .txt .adoc .markdown .tpl .tmpl .j2 .jinja "
    ".template .plist .dockerfile .containerfile .py .nix .hcl .tf .bat .ps1"
)
_NAMED = re.compile(
    r"celery(?:d|beat)?[\"']?[,\s]\s*[\"']?(?:-A|--app)(?=[\"'\s=])[^\n]*", re.IGNORECASE
)
_SIGNALS = re.compile(r"\bREMAP_SIGTERM\b[\"']?\s*[:=]\s*[\"']?\w+")
_COMMENT = re.compile(r"[ \t]*(#|;|//|\*|<!--|REM\b)")


@dataclass(frozen=True, slots=True)
class Start:
    """A start of Celery in a file, at the characters `start` to `end` of its text."""

    path: str
    start: int
    end: int
    call: Call


@dataclass(frozen=True, slots=True)
class Mention:
    """A place that speaks of a start of Celery. kind: for which rule (`CommandRule.command`)."""

    path: str
    start: int
    end: int
    kind: str
    note: str = ""


def may_start(path: str) -> bool:
    """Tell whether a file's name is one in which commands, or words about them, may stand."""
    pure = PurePosixPath(path)
    return not pure.suffix or pure.suffix.lower() in _SEEN or reader_of(path, "") is not None


def find(path: str, text: str) -> Iterator[Start | Mention]:
    """Yield every start of Celery in a file, and what may be one."""
    if "celery" not in text.lower() and "REMAP_SIGTERM" not in text:
        return
    starts: list[Start] = []
    note = ""
    try:
        pieces = list(_pieces(path, text))
    except Unparsable as error:
        pieces, note = [], f"the file cannot be parsed ({error})"
    for piece in pieces:
        starts.extend(start for start in _starts(path, piece) if not _covered(start, starts))
    yield from starts
    for found in _NAMED.finditer(text):
        if not any(start.start <= found.start() < start.end for start in starts):
            prose = _is_prose(path, text, found.start())
            yield Mention(path, *found.span(), "documented" if prose else "not understood", note)
    for found in _SIGNALS.finditer(text):
        if not _is_prose(path, text, found.start()):
            yield Mention(path, *found.span(), "signals")


def _covered(start: Start, starts: list[Start]) -> bool:
    return any(one.start <= start.start < one.end for one in starts)


def _pieces(path: str, text: str) -> Iterator[Piece]:
    suffix = PurePosixPath(path).suffix.lower()
    readers: dict[str, Reader] = {
        ".yml": trees.yaml, ".yaml": trees.yaml, ".json": trees.json, ".jsonc": trees.json,
        ".code-workspace": trees.json,
    }  # fmt: skip
    reader = readers.get(suffix) or reader_of(path, text)
    if len(text) > LARGEST:
        raise Unparsable("it is too large to be one that starts a program")
    return reader(text) if reader is not None else iter(())


def _is_prose(path: str, text: str, at: int) -> bool:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    suffix = PurePosixPath(path).suffix.lower()
    in_docstring = suffix == ".py" and text.count('"""', 0, at) % 2 == 1
    return suffix in _PROSE or in_docstring or bool(_COMMENT.match(line))


def _starts(path: str, piece: Piece) -> Iterator[Start]:
    for line in (piece.words,) if piece.shell is None else _tolerant(piece.shell):
        for launch in launches(line):
            call = read(launch)
            if _is_start(call, sure=piece.sure):
                words = launch.words[launch.program :]
                at = [place for word in words for place in (word.start, word.end)]
                yield Start(path, min(at), max(at), call)


def _is_start(call: Call, *, sure: bool) -> bool:
    """Tell whether a line starts Celery, and does not only have its name in it."""
    if call.launch.function or call.option("--app"):
        return True
    if not call.launch.arguments or not sure:
        return False
    harmless = ("--version", "--help")
    if not call.launch.named:
        return bool(call.command)
    return bool(call.command) or not any(option.name in harmless for option in call.options)


def _tolerant(shell: Stretch) -> Iterator[Line]:
    """Yield the lines of shell text; where a quote is never closed, those of each line alone."""
    try:
        yield from list(lines(shell))
    except Unbalanced:
        for found in re.finditer(r"(?:[^\n\\]|\\.|\\\r?\n)+", shell.text, re.DOTALL):
            yield from _line(shell[found.start() : found.end()])


def _line(shell: Stretch) -> Sequence[Line]:
    try:
        return list(lines(shell))
    except Unbalanced:
        return ()
