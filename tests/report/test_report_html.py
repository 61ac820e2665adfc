"""The page, in a browser: nothing overflows, nothing is asked for, and names stay names."""

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from celery2dramatiq.report.html.markup import Html, prose, tag
from tests.cli.sample import APP, BROKEN, HALF, NONE, WHOLE, Files, call, project, write
from tests.report import browser as chromium

SECTIONS = [
    "holds", "weighing", "behaviour", "modules", "canvases", "constructs", "changes",
    "requirements", "environments", "commands", "production", "files",
]  # fmt: skip
BAD = "x</script><script>alert(1)</script>\"'&<b onclick=x>"
VOID = {"meta", "link"}


class Page(HTMLParser):
    """What is in a page: elements, their texts, what is left open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.attributes: set[tuple[str, str]] = set()
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes |= {(name, value or "") for name, value in attrs}
        self.ids += [value or "" for name, value in attrs if name == "id" and tag == "section"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page(root: Path, *words: str | Path, command: str = "scan") -> tuple[str, Page]:
    answer = call(command, "--root", root, "--format", "html", *words)
    assert answer.exit_code in (0, 1, 3), answer.stderr
    return answer.stdout, Page(answer.stdout)


def tasks(first: int, number: int) -> str:
    return "".join(
        f"\n\n@app.task\ndef t{n}(x):\n    return x\n" for n in range(first, first + number)
    )


def many(modules: int, each: int) -> Files:
    """A project: modules with tasks, each with a file that sends them, in canvases too."""
    files = {"shop/__init__.py": "", "shop/app.py": APP, "requirements.txt": "celery==5.4.0\n"}
    for module in range(modules):
        names = [f"t{module * each + n}" for n in range(each)]
        head = f"from shop.m{module} import {', '.join(names)}\n"
        sends = "".join(f"{name}.delay(1)\n" for name in names)
        more = (
            f"chord([{names[0]}.s(1), chain({names[1]}.s(2), {names[2]}.s())], {names[0]}.s())()\n"
        )
        odd = f"register({names[-1]})\n" if module % 3 == 2 else ""
        source = f"from celery import chain, chord\n\n{head}\n{sends}{more}{odd}"
        files[f"shop/m{module}.py"] = f"from shop.app import app\n{tasks(module * each, each)}"
        files[f"shop/a_rather_long_folder_name_{module}/sends_{module}.py"] = source
    return files


# -- what is in it


def test_sections_and_elements(tmp_path: Path) -> None:
    text, seen = page(write(tmp_path, HALF))
    assert seen.ids == SECTIONS
    assert seen.open == []
    assert not seen.tags.keys() & {"script", "iframe", "img", "object", "form"}
    assert {f"#{one}" for one in SECTIONS} <= {
        value for name, value in seen.attributes if name == "href"
    }
    assert not re.search(r"(src|href)=.(?!#|data:,)", text)
    (sheet,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert "url(" not in sheet
    assert "@import" not in sheet
    said = "".join(seen.texts)
    assert "1 of 2 tasks can move to Dramatiq; 1 stays on Celery." in said
    assert "prefers-color-scheme: dark" in said
    assert "+import dramatiq" in said  # the diff of a scan
    assert "C2D901 holds 1 task" in said


def test_every_drawing_is_well_formed(tmp_path: Path) -> None:
    text, _ = page(write(tmp_path, many(3, 3)))
    drawings = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(drawings) > 5
    for one in drawings:
        ElementTree.fromstring(one)
    assert text.count('class="frame"') == 3


@pytest.mark.parametrize("files", [WHOLE, NONE, BROKEN, {"a.py": "x = 1\n"}])
def test_any_project_has_all_sections(files: Files, tmp_path: Path) -> None:
    _, seen = page(write(tmp_path, files))
    assert seen.ids == SECTIONS
    assert seen.open == []


def test_apply_says_what_was_done(tmp_path: Path) -> None:
    _, seen = page(project(tmp_path), command="apply")
    said = "".join(seen.texts)
    assert "All 2 tasks moved to Dramatiq." in said
    assert "Changed files" in said
    assert "2tasks moved" in said


def test_a_scan_shows_no_diff_of_what_would_be_refused(tmp_path: Path) -> None:
    write(tmp_path, WHOLE)
    (tmp_path / "shop" / "dramatiq_helpers.py").mkdir()
    _, seen = page(tmp_path)
    assert seen.ids == SECTIONS
    assert "No file." in seen.texts


def test_names_stay_names(tmp_path: Path) -> None:
    source = (
        f"from shop.app import app\n\n\n@app.task(name={BAD!r})\ndef t():\n    pass\n\n\nx(t)\n"
    )
    name = f"{BAD.replace('/', '')}.py"
    odd = os.fsdecode(b"\xff.py")
    files = {
        "shop/__init__.py": "",
        "shop/app.py": APP,
        name: source,
        odd: "import celery\nprint 1\n",
    }
    text, seen = page(write(tmp_path, files))
    plain = page(write(tmp_path / "plain", {**files, "t.py": source, name: "", odd: ""}))[1]
    assert seen.tags.keys() <= plain.tags.keys() | {"table", "pre", "details"}
    assert not seen.tags.keys() & {"script", "b"}
    assert "onclick" not in {name for name, _ in seen.attributes}
    said = "".join(seen.texts)
    assert BAD in said
    assert name in said
    assert "\\xff.py" in said
    text.encode()


def test_markup_is_escaped_in_one_place() -> None:
    assert tag("p", "<b>", Html("<i></i>"), class_='"x"') == (
        '<p class="&quot;x&quot;">&lt;b&gt;<i></i></p>'
    )
    assert prose("a `<b>` & c") == "a <code>&lt;b&gt;</code> &amp; c"
    assert tag("p", "\x1b\x00") == "<p>\\x1b\\x00</p>"


# -- in a browser


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Browser]:
    if chromium.program() is None:
        if os.environ.get("CI"):
            pytest.fail("there is no chromium")
        pytest.skip("there is no chromium")
    profile = tmp_path_factory.mktemp("chromium")
    with chromium.browser(profile) as one:
        yield one
    shutil.rmtree(profile, ignore_errors=True)


@pytest.fixture(scope="module", params=[(1, 3), (30, 10)], ids=["3 tasks", "300 tasks"])
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    text, seen = page(write(folder / "project", many(*request.param)), "--show")
    assert f"{request.param[0] * request.param[1]} tasks" in "".join(seen.texts)
    path = folder / "report.html"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [1280, 400])
def test_in_a_window(window: chromium.Browser, file: Path, width: int) -> None:
    seen, events = window.see(file, width, chromium.OVERFLOW)
    assert seen == {"width": width, "beyond": 0, "out": []}
    methods = Counter(event["method"] for event in events)
    asked = [
        e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    assert not methods.keys() & {
        "Log.entryAdded",
        "Runtime.consoleAPICalled",
        "Runtime.exceptionThrown",
    }
    sections, _ = window.see(
        file, width, "[...document.querySelectorAll('section')].map(s => s.id)"
    )
    assert sections == SECTIONS
