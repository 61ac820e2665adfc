"""Where the start of a program may stand in a file: shell text, or a list of words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from celery2dramatiq.commands.shell import Form, Line, Word
from celery2dramatiq.commands.stretch import Stretch, plain


@dataclass(frozen=True, slots=True)
class Piece:
    """Shell text, or the words of a list. sure: what stands there is run."""

    shell: Stretch | None = None
    words: Line = ()
    sure: bool = True


Reader = Callable[[str], Iterator[Piece]]


class Unparsable(Exception):
    """The file is not what its name says."""


# -- files of lines


def script(text: str) -> Iterator[Piece]:
    """Yield a shell script as it is."""
    yield Piece(plain(text, 0, len(text)))


_PROCESS = re.compile(r"^[ \t]*[\w.-]+[ \t]*:[ \t]*(?=\S)", re.MULTILINE)


def procfile(text: str) -> Iterator[Piece]:
    """Yield the command of each line `name: command`."""
    for found in _PROCESS.finditer(text):
        yield Piece(plain(text, found.end(), _line_end(text, found.end())))


_RECIPE = re.compile(r"^[ \t]+[@+-]*[ \t]*(?=\S)", re.MULTILINE)
_VARIABLE = re.compile(r"^(?:export[ \t]+)?[\w.-]+[ \t]*[:?+]?=[ \t]*(?=\S)", re.MULTILINE)


def makefile(text: str) -> Iterator[Piece]:
    """Yield the recipes' lines of a Makefile or a justfile, and the variables' values."""
    done = 0
    for found in sorted(
        [*_RECIPE.finditer(text), *_VARIABLE.finditer(text)], key=lambda match: match.start()
    ):
        if found.start() >= done:
            done = _logical_end(text, found.end())
            sure = found.re is _RECIPE
            yield Piece(plain(text, found.end(), done), sure=sure)


def _line_end(text: str, at: int) -> int:
    end = re.compile(r"\r?\n|\Z").search(text, at)
    return end.start() if end is not None else len(text)


def _logical_end(text: str, at: int) -> int:
    """Return the end of a line that goes on behind a backslash."""
    end = _line_end(text, at)
    while end < len(text) and text[end - 1] == "\\":
        end = _line_end(text, text.index("\n", end) + 1)
    return end


# -- files of sections and keys

_KEY = re.compile(r"^[ \t]*([\w.:-]+)[ \t]*=[ \t]*[-@:+!|]*(?=\S|\r?\n[ \t]+\S)", re.MULTILINE)
_ONE_COMMAND = re.compile(r"command|cmd|exec\w+|run|attach-daemon\d?|smart-attach-daemon", re.I)
_COMMANDS = re.compile(r"commands(_pre|_post)?|script|scripts", re.I)


def ini(text: str) -> Iterator[Piece]:
    """Yield the values of supervisor, systemd, circus, uWSGI and tox files, and their like."""
    done = 0
    for found in _KEY.finditer(text):
        if found.start() < done:
            continue
        done = _value_end(text, found.end())
        one = _ONE_COMMAND.fullmatch(found[1]) is not None
        value = plain(text, found.end(), done)
        if not _COMMANDS.fullmatch(found[1]):
            joined = re.sub(r"[\r\n]", " ", _without_backslashes(value.text))
            value = Stretch(re.sub(r"[ \t];.*", _blank, joined), value.spans)
        yield Piece(value, sure=one or _COMMANDS.fullmatch(found[1]) is not None)


def _without_backslashes(text: str) -> str:
    return re.sub(r"\\(?=\r?\n)", " ", text)


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _value_end(text: str, at: int) -> int:
    """Return the end of a value: indented lines, and those behind a backslash, are part of it."""
    end = _logical_end(text, at)
    while following := re.compile(r"\r?\n[ \t]+(?=[^\s;#])").match(text, end):
        end = _logical_end(text, following.end())
    return end


# -- Dockerfiles

_INSTRUCTION = re.compile(
    r"^[ \t]*(FROM|CMD|ENTRYPOINT|RUN|HEALTHCHECK)\b[ \t]*((?:--\S+[ \t]+|\\\r?\n[ \t]*)*)(CMD\b)?"
    r"[ \t]*",
    re.MULTILINE | re.IGNORECASE,
)
_JSON_STRING = re.compile(r'"((?:[^"\\\r\n]|\\.)*)"')


def dockerfile(text: str) -> Iterator[Piece]:
    """Yield what the instructions run; an ENTRYPOINT of Celery's goes on with the CMD."""
    entry: Line = ()
    done = 0
    for found in _INSTRUCTION.finditer(text):
        if found.start() < done:
            continue
        name, at = found[1].upper(), found.end()
        done = _docker_end(text, at)
        words = json_words(text, at, done) if text.startswith("[", at) else ()
        if name == "FROM":
            yield from _entry_alone(entry)
            entry = ()
        elif name == "ENTRYPOINT" and words:
            yield from _entry_alone(entry)
            entry = words
        elif name == "CMD" and words:
            yield Piece(words=(*entry, *words))
            entry = ()
        else:
            yield Piece(words=words) if words else Piece(_without_comments(text, at, done))
    yield from _entry_alone(entry)


def _entry_alone(entry: Line) -> Iterator[Piece]:
    if entry:
        yield Piece(words=entry)


def _docker_end(text: str, at: int) -> int:
    """Return the end of an instruction; comments may stand between the lines of it."""
    end = _line_end(text, at)
    while end < len(text) and text[:end].rstrip(" \t").endswith("\\"):
        end = _line_end(text, text.index("\n", end) + 1)
        while re.match(r"[ \t]*(#|\Z)", text[text.rfind("\n", 0, end) + 1 : end]) and end < len(
            text
        ):
            end = _line_end(text, text.index("\n", end) + 1)
    return end


def _without_comments(text: str, start: int, end: int) -> Stretch:
    stretch = plain(text, start, end)
    gone = [m.span() for m in re.finditer(r"(?m)(?<=\n)[ \t]*#.*\n?", stretch.text)]
    kept = [i for i in range(len(stretch)) if not any(a <= i < b for a, b in gone)]
    return Stretch("".join(stretch.text[i] for i in kept), tuple(stretch.spans[i] for i in kept))


def json_words(text: str, start: int, end: int) -> Line:
    """Return the strings of a JSON list as words; none if an escape is in one."""
    words: list[Word] = []
    gap = None
    for found in _JSON_STRING.finditer(text, start, end):
        value = plain(text, found.start(1), found.end(1))
        if "\\" in value.text:
            return ()
        before = gap if gap is not None else found.start()
        words.append(item(value, found.start(), found.end(), before, Form.FLOW, '"'))
        gap = found.end()
    return tuple(words)


def item(value: Stretch, start: int, end: int, gap: int, form: Form, quote: str) -> Word:
    """Return an item of a list as a word."""
    computed = re.search(r"\$|\{\{|%\(", value.text) is not None
    return Word(start, end, gap, value, computed, form=form, quote=quote)


# -- TOML

_TOML = re.compile(
    r'#[^\n]*|(?P<multi>"""(?:[^\\]|\\.)*?"""|\'\'\'.*?\'\'\')|'
    r'(?P<string>"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\')|(?P<key>[\w.-]+)(?=[ \t]*=)|[\[\]={},\n]|\S',
    re.DOTALL,
)
_TOML_KEYS = re.compile(r"cmd|shell|command|run|entrypoint|script|worker|celery", re.I)


def toml(text: str) -> Iterator[Piece]:
    """Yield the strings, and the lists of strings; tomlkit does not tell their places."""
    key, items = "", list[Word]()
    for found in _TOML.finditer(text):
        if found["key"]:
            key = found["key"]
        elif found["string"] or found["multi"]:
            quotes = 3 if found["multi"] else 1
            value = plain(text, found.start() + quotes, found.end() - quotes)
            if "\\" in value.text and found[0][0] == '"':
                continue
            sure = _TOML_KEYS.fullmatch(key) is not None
            yield Piece(value, sure=sure and not items)
            gap = items[-1].end if items else found.start()
            items.append(item(value, found.start(), found.end(), gap, Form.FLOW, found[0][0]))
        elif found[0] == "]":
            yield Piece(words=tuple(items), sure=_TOML_KEYS.fullmatch(key) is not None)
            items = []
        elif found[0] in "[=":
            items = []


# -- which files


_NAMES: tuple[tuple[str, Reader], ...] = (
    (r"Procfile.*", procfile),
    (r"(.*[.-])?(Dockerfile|Containerfile)([.-].*)?", dockerfile),
    (r"(GNU)?[Mm]akefile(\..*)?|.*\.mk|\.?[Jj]ustfile|.*\.just", makefile),
    (r".*\.(sh|bash|zsh|ksh|envrc)|\.env.*|.*\.env(\..*)?|bw-dev", script),
    (r".*\.(conf|ini|cfg|service|timer|supervisord?)", ini),
    (r".*\.toml", toml),
)


def reader_of(path: str, text: str) -> Reader | None:
    """Return what reads a file, by its name or by its first line; None for prose and the rest."""
    pure = PurePosixPath(path)
    for pattern, reader in _NAMES:
        if re.fullmatch(pattern, pure.name):
            return reader
    if re.match(r"#![^\n]*(\b(ba|da|z|k|a)?sh\b|with-contenv|execlineb)", text):
        return script
    if not pure.suffix and ("init.d" in pure.parts or "default" in pure.parts):
        return script
    return None
