"""The page around the sections: one file that asks for nothing, with and without colours."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

from celery2dramatiq._version import __version__
from celery2dramatiq.report.html import svg
from celery2dramatiq.report.html.markup import Html, join, style, tag

if TYPE_CHECKING:
    from collections.abc import Sequence

# Nothing may be loaded, whatever stands in a name; the style sheet is in the page.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class Part(NamedTuple):
    """A section. body: nothing in it means that there is nothing, which `otherwise` says."""

    id: str
    title: str
    body: Html
    about: str = ""
    otherwise: str = ""


def page(name: str, verdict: str, good: bool, head: Html, parts: Sequence[Part]) -> str:
    """Return the page. name: the project's. good: the verdict is."""
    title = f"From Celery to Dramatiq: {name}"
    top = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("link", rel="icon", href="data:,"),
        tag("title", title),
        style((resources.files(__package__) / "style.css").read_text("utf-8")),
    )
    links = (tag("a", part.title, href=f"#{part.id}") for part in parts)
    header = tag(
        "header",
        tag("p", "From Celery to Dramatiq", class_="kicker"),
        tag("h1", name),
        tag("p", verdict, class_="verdict good" if good else "verdict"),
        head,
        tag("nav", *links),
    )
    foot = tag("footer", f"celery2dramatiq {__version__}. Nothing was sent anywhere.")
    body = tag("body", svg.shared(), header, tag("main", *map(_section, parts)), foot)
    return "<!doctype html>\n" + tag("html", top, body, lang="en") + "\n"


def _section(part: Part) -> Html:
    about = [tag("p", part.about, class_="about")] if part.about and part.body else []
    body = part.body or tag("p", part.otherwise, class_="none")
    return tag("section", tag("h2", part.title), join(about), body, id=part.id)
