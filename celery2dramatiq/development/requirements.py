"""What development requires: Dramatiq, in the list that only development installs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celery2dramatiq.dependencies import written
from celery2dramatiq.dependencies.choose import Dependency, choose
from celery2dramatiq.dependencies.placing import Item, placed
from celery2dramatiq.dependencies.read import read, required
from celery2dramatiq.development.environments import kind_of
from celery2dramatiq.development.marks import LINE
from celery2dramatiq.plan.needs import Need
from celery2dramatiq.splice import splice

if TYPE_CHECKING:
    from celery2dramatiq.dependencies.model import Listing
    from celery2dramatiq.files import Source

_REASON = "it carries Celery's tasks in development"
# What a broker's URL begins with, and an extra of Celery's that says the same.
_NEEDS = {
    "redis": Need("dramatiq", _REASON, ("redis",)),
    "amqp": Need("dramatiq", _REASON, ("rabbitmq",)),
    "sqs": Need("dramatiq-sqs", _REASON),
}
_LIKE = {"rediss": "redis", "redis+socket": "redis", "sentinel": "redis", "pyamqp": "amqp",
         "amqps": "amqp", "librabbitmq": "amqp"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Required:
    """What is required, as PEP 508 writes it, and the file that changes for that, with its text.

    path: "" if none does. by_hand: "" if nothing is left to do.
    """

    requirements: tuple[str, ...]
    path: str = ""
    text: str = ""
    by_hand: str = ""


def require(files: Mapping[str, Source], scheme: str, more: Iterable[Need] = ()) -> Required:
    """Put what development needs into its list, each in a marked line.

    scheme: of the broker's URL; "" if that is not known, then Celery's extras tell it.
    more: of what is needed beside the broker.
    """
    listings, _ = read(files)
    known = set(required(listings))
    need = _NEEDS.get(_LIKE.get(scheme, scheme)) or _by_extra(known)
    needs = [need] if need.package == "dramatiq" else [Need("dramatiq", _REASON), need]
    chosen = choose([*needs, *more], files, listings).dependencies
    names = tuple(one.requirement for one in chosen)
    mine = [one for one in listings if _is_developments(one)]
    if any(listing.of(one.package) for one in chosen for listing in listings):
        return Required(names)
    for listing in sorted(mine, key=lambda one: one.path.count("/")):
        text = _added(files[listing.path].text, listing, chosen)
        if text:
            return Required(names, listing.path, text)
    return Required(names, by_hand=f"install {', '.join(names)} where development runs")


def _by_extra(known: set[str]) -> Need:
    extras = {"redis": "celery[redis]", "sqs": "celery[sqs]"}
    return next((_NEEDS[name] for name, one in extras.items() if one in known), _NEEDS["amqp"])


def _is_developments(listing: Listing) -> bool:
    plain = listing.form == "line" and listing.editable and not listing.constraint
    return plain and listing.group == "dev" and kind_of(listing.path) == "development"


def _added(text: str, listing: Listing, chosen: tuple[Dependency, ...]) -> str:
    """Return the text with the requirements; "" if there is no place for them."""
    like = next((entry for entry in reversed(listing.entries) if entry.known), None)
    if like is None:
        return ""
    items = [
        written.item(text, listing, like, one.package, one.extras, one.release) for one in chosen
    ]
    marked = [Item(one.name, f"{one.text}  {LINE}") for one in items]
    return splice(text, placed(text, listing, like, marked, keep=True))
