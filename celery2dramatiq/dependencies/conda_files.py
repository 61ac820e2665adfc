"""Requirements in conda's `environment.yml`; those below `pip:` are pip's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from celery2dramatiq.dependencies.model import Entry, Listing, Unparsed, group_of
from celery2dramatiq.dependencies.requirement import parsed

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

    from celery2dramatiq.files import Source

_MATCH = re.compile(r"(?:[\w-]+::)?([A-Za-z0-9][\w.-]*)")


def is_conda(path: str) -> bool:
    """Tell whether a file is an environment of conda's, by its name."""
    name = path.rpartition("/")[2].lower()
    return re.fullmatch(r"(?:conda[\w.-]*|[\w.-]*environment[\w.-]*)\.ya?ml", name) is not None


def listings(source: Source) -> Iterator[Listing]:
    """Yield conda's list, and pip's inside it. Raises Unparsed."""
    if "dependencies" not in source.text:
        return
    try:
        root = YAML(typ="rt").compose(source.text)
    except (YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise Unparsed("not valid YAML", mark.index if mark is not None else 0) from error
    for node in _values(root, "dependencies"):
        pips = [inner for item in _items(node) for inner in _values(item, "pip")]
        of_conda = [item for item in _items(node) if isinstance(item, ScalarNode)]
        group = group_of(source.path)
        entries = tuple(filter(None, map(_of_conda, of_conda)))
        yield Listing(source.path, "dependencies", group, "item", entries)
        for pip in pips:
            own = tuple(filter(None, map(_of_pip, _items(pip))))
            yield Listing(source.path, "pip", group, "item", own)


def _values(node: Node | None, name: str) -> Iterator[Node]:
    for key, value in node.value if isinstance(node, MappingNode) else ():
        if isinstance(key, ScalarNode) and key.value == name:
            yield value


def _items(node: Node) -> list[Node]:
    return list(node.value) if isinstance(node, SequenceNode) and not node.flow_style else []


def _of_conda(node: ScalarNode) -> Entry | None:
    match = _MATCH.match(node.value)
    if match is None:
        return None
    name = str(canonicalize_name(match[1]))
    return Entry(name, frozenset(), "", "", *_span(node), known=False)


def _of_pip(node: Node) -> Entry | None:
    return parsed(node.value, *_span(node)) if isinstance(node, ScalarNode) else None


def _span(node: ScalarNode) -> tuple[int, int]:
    return node.start_mark.index, node.end_mark.index
