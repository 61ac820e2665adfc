"""How a requirement is written in a list: as its neighbours are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from celery2dramatiq.dependencies.placing import Item

if TYPE_CHECKING:
    from collections.abc import Collection

    from celery2dramatiq.dependencies.model import Entry, Listing
    from celery2dramatiq.dependencies.versions import Release

_OPERATOR = re.compile(r"(?<=[\w\]])([ \t]*)(?:[=~!<>]=?=?)([ \t]*)(?=[\d*])")
_NAME = re.compile(r"([\"']?)([\w.-]+)(?:[ \t]*\[[^\]]*\])?")
_EXTRAS = re.compile(r"""extras[ \t]*=[ \t]*\[(?:"[^"]*"|'[^']*'|[^\]"'])*\]""")
_VERSION = re.compile(r"version[ \t]*=[ \t]*([\"'])[^\"']*\1")


def item(
    text: str,
    listing: Listing,
    like: Entry,
    package: str,
    extras: Collection[str],
    release: Release | None,
) -> Item:
    """Return a requirement in the style of another entry of the list.

    text: the file's. release: None for one that is not known: no version is named then.
    """
    raw = text[like.start : like.end]
    kind = _kind(like.specifier)
    if kind == "bare":
        kind = _usual(listing)
    names = "" if listing.constraint or not extras else f"[{','.join(sorted(extras))}]"
    if listing.form == "table":
        version = _specifier(kind, release) or "*"
        return Item(package, _pair(raw, package, extras, version))
    spec = _spaced(raw, _specifier(kind, release))
    quote = raw[0] if raw[:1] in ("'", '"') else ""
    own = like.name == "celery"  # another one's marker is its own affair
    marker = raw[raw.index(";") :].removesuffix(quote) if own and ";" in raw else ""
    space = " " if re.search(r"\s;", raw) else ""
    return Item(package, f"{quote}{package}{names}{spec}{space if marker else ''}{marker}{quote}")


def extended(text: str, like: Entry, extras: Collection[str]) -> str:
    """Return an entry of PEP 508's with more extras."""
    raw = text[like.start : like.end]
    match = _NAME.match(raw)
    assert match is not None  # it was parsed
    names = ",".join(sorted({*like.extras, *extras}))
    return f"{match[1]}{match[2]}[{names}]{raw[match.end() :]}"


def _kind(specifier: str) -> str:
    """Return how a version is given: pin, wildcard, compatible, caret, tilde, range or bare."""
    if specifier in ("", "*"):
        return "bare"
    if specifier.startswith("=="):
        return "wildcard" if specifier.endswith("*") else "pin"
    if specifier[0].isdigit():
        return "plain"
    operator = specifier.rstrip("0123456789.*")
    return {"~=": "compatible", "^": "caret", "~": "tilde"}.get(operator, "range")


def _usual(listing: Listing) -> str:
    """Return how most of a list's entries give their version: pinned, else as celery's: not."""
    kinds = [_kind(entry.specifier) for entry in listing.entries if entry.name != "celery"]
    return "pin" if kinds.count("pin") > len(kinds) / 2 else "bare"


def _specifier(kind: str, release: Release | None) -> str:
    if kind == "bare" or release is None:
        return ""
    major = release.floor.split(".")[0]
    return {
        "pin": f"=={release.version}",
        "wildcard": f"=={major}.*",
        "compatible": f"~={release.floor}",
        "caret": f"^{release.floor}",
        "tilde": f"~{release.floor}",
        "plain": release.version,
        "range": f">={release.floor},<{release.below}",
    }[kind]


def _spaced(raw: str, specifier: str) -> str:
    """Return a specifier with blanks around its operators, where the other one has them."""
    match = _OPERATOR.search(raw.partition(";")[0])
    if match is None or not (match[1] or match[2]):
        return specifier
    parts = re.findall(r"([=~<>]+)([^,]+)", specifier)
    comma = ", " if re.search(r",\s", raw) else ","
    return match[1] + comma.join(f"{operator}{match[2]}{version}" for operator, version in parts)


def _pair(raw: str, package: str, extras: Collection[str], version: str) -> str:
    """Return `name = value` of Poetry's or Pipenv's."""
    name, equals, value = re.split(r"([ \t]*=[ \t]*)", raw, maxsplit=1)
    quote = name[0] if name[:1] in ("'", '"') else ""
    inner = re.search(r"[\"']", value)
    mark = inner[0] if inner is not None else '"'
    listed = f"extras = [{', '.join(f'{mark}{extra}{mark}' for extra in sorted(extras))}]"
    new = f"version = {mark}{version}{mark}"
    if not value.startswith("{"):
        both = f"{{version = {mark}{version}{mark}, {listed}}}"
        return f"{quote}{package}{quote}{equals}{both if extras else f'{mark}{version}{mark}'}"
    if not extras:
        return f"{quote}{package}{quote}{equals}{mark}{version}{mark}"
    value = _VERSION.sub(lambda _: new, value)
    value = _EXTRAS.sub(lambda _: listed, value) if _EXTRAS.search(value) else value
    if listed not in value:
        value = value.replace(new, f"{new}, {listed}")
    return f"{quote}{package}{quote}{equals}{value}"
