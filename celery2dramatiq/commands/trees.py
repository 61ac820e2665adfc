"""Where commands stand in YAML and JSON files: compose, Kubernetes, CI, package.json, VS Code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from celery2dramatiq.commands.places import Piece, Unparsable, item
from celery2dramatiq.commands.scalars import decode
from celery2dramatiq.commands.shell import Form, Line, Word, only_line, words_of

# Keys, without their dashes and underscores, whose value is run.
_ONE = words_of("command entrypoint args cmd test exec program startcommand runcommand")
_LINES = words_of(
    "run script scripts beforescript afterscript cmds commands shell start postcreatecommand "
    "poststartcommand postattachcommand oncreatecommand"
)
_NEVER = words_of(
    "name title description label image containername hostname summary comment help message "
    "displayname uses if key path id alias servicename labels annotations tags names"
)
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)+")
_COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*.*?\*/|,(?=\s*[\]}])', re.DOTALL)


def json(text: str) -> Iterator[Piece]:
    """Yield what a JSON file runs; it may have comments, and commas before a bracket."""
    return yaml(_COMMENT.sub(lambda m: m[1] or re.sub(r"[^\r\n]", " ", m[0]), text)
                .replace("\t", " "))  # fmt: skip


def yaml(text: str) -> Iterator[Piece]:
    """Yield what a YAML file runs. Raises Unparsable."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    walk = _Walk(text)
    try:
        for document in YAML(typ="safe", pure=True).compose_all(text):
            walk.node(document, "", sure=False)
    except (YAMLError, ValueError, RecursionError) as error:
        raise Unparsable(str(error).partition("\n")[0]) from error
    return iter(walk.pieces)


class _Walk:
    """Collects the pieces of a file's documents; what an alias stands for is seen once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.pieces: list[Piece] = []
        self.seen: set[int] = set()

    def node(self, node: Any, key: str, *, sure: bool) -> None:
        if node is None or id(node) in self.seen:
            return
        self.seen.add(id(node))
        if node.id == "mapping":
            self._mapping(node, key)
        elif node.id == "sequence":
            self._sequence(node, key, sure=sure)
        elif "celery" in node.value and key not in _NEVER:
            self._scalar(node, sure=sure)

    def _place(self, node: Any) -> tuple[int, int]:
        """Return where a scalar begins, behind its anchor and its tag, and ends."""
        start = node.start_mark.index
        before = _PROPERTIES.match(self.text, start)
        return before.end() if before is not None else start, node.end_mark.index

    def _scalar(self, node: Any, *, sure: bool) -> None:
        start, end = self._place(node)
        found = decode(self.text, start, end, node.style, node.value)
        if found is not None:
            self.pieces.append(Piece(found, sure=sure))

    def _mapping(self, node: Any, key: str) -> None:
        pairs = [(_plain(name.value), value) for name, value in node.value
                 if isinstance(name.value, str)]  # fmt: skip
        named = dict(pairs)
        first = named.get("entrypoint") or named.get("module") or named.get("command")
        second = named.get("args") or (named.get("command") if "entrypoint" in named else None)
        words = (*self._words(first), *self._words(second)) if second is not None else ()
        if (
            len(words) > 1
            and first is not None
            and first.id == "scalar"
            and "entrypoint" not in named
        ):
            words = (replace(words[0], form=Form.ALONE), *words[1:])
        if "celery" in " ".join(word.text for word in words) and first is not second:
            self.seen |= {id(first), id(second)}
            self.pieces.append(Piece(words=words))
        for name, value in pairs:
            self.node(value, name, sure=name in _ONE | _LINES or key in _LINES)

    def _sequence(self, node: Any, key: str, *, sure: bool) -> None:
        words = self._words(node) if key not in _LINES else ()
        if words and any("celery" in word.text for word in words):
            skip = 1 if words[0].text in ("CMD", "CMD-SHELL") else 0
            if key in _ONE or any(word.text.startswith(("-A", "--app")) for word in words):
                self.pieces.append(Piece(words=words[skip:], sure=key in _ONE))
                return
        for child in node.value:
            self.node(child, key, sure=sure)

    def _words(self, node: Any) -> Line:
        """Return the items of a list, or the words of a string, as far as they have places."""
        if node is None or node.id == "mapping":
            return ()
        if node.id == "scalar":
            return self._one_word(node)
        form = Form.FLOW if node.flow_style else Form.BLOCK
        words: list[Word] = []
        for child in node.value:
            if child.id != "scalar":
                return ()
            gap = words[-1].end if words else child.start_mark.index
            word = self._item(child, gap, form)
            if word is None:
                return ()
            words.append(word)
        return tuple(words)

    def _one_word(self, node: Any) -> Line:
        start, end = self._place(node)
        found = decode(self.text, start, end, node.style, node.value)
        return only_line(found) if found is not None else ()

    def _item(self, node: Any, gap: int, form: Form) -> Word | None:
        start, end = self._place(node)
        value = decode(self.text, start, end, node.style, node.value)
        line = self.text[self.text.rfind("\n", 0, start) + 1 : start]
        if value is None or (form is Form.BLOCK and not re.fullmatch(r"\s*-\s+", line)):
            return None
        if not value:
            return None
        return item(value, start, end, gap, form, node.style or "")


def _plain(key: str) -> str:
    return re.sub(r"[-_]", "", key).lower()
