"""The parts that reports are made of: diffs, lines, sections that share a screen, English."""

import os
import random
import subprocess
from pathlib import Path

import pytest

from celery2dramatiq.files import Change
from celery2dramatiq.report import diff
from celery2dramatiq.report.english import count, some, verb
from celery2dramatiq.report.layout import HEIGHT, Section, fitted
from celery2dramatiq.report.terminal import Line, render
from celery2dramatiq.visible import visible, without_surrogates

ENDS = (b"\n", b"\r\n", b"\r", b"\x0c\n", b"")
WORDS = (
    b"a",
    b"-- b",
    b"++ c",
    b"@@ d",
    b"\xff",
    b"\\",
    b"\\ No newline at end of file",
    b"",
    b"\t",
)


def lines(generator: random.Random) -> bytes:
    return b"".join(
        generator.choice(WORDS) + generator.choice(ENDS) for _ in range(generator.randrange(8))
    )


@pytest.mark.parametrize("seed", range(4))
def test_git_applies_any_patch(seed: int, tmp_path: Path) -> None:
    generator = random.Random(seed)
    changes = []
    for number in range(60):
        path = f"f{number}"
        before = lines(generator) if number % 3 else None
        after = lines(generator)
        if after in (before, b"" if before is None else before):
            continue  # no such change is ever made
        if before is not None:
            (tmp_path / path).write_bytes(before)
        changes.append(Change(path, before, after))
    patch = diff.patch(changes, tmp_path).encode("utf-8", "surrogateescape")
    result = subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"], cwd=tmp_path, input=patch,
        capture_output=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert [(tmp_path / change.path).read_bytes() for change in changes] == [
        change.after for change in changes
    ]


def test_counts() -> None:
    assert diff.counts(Change("x", b"a\nb\nc\n", b"a\nB\nc\nd\n")) == (2, 1)
    assert diff.counts(Change("x", None, b"++ a\n-- b")) == (2, 0)
    assert diff.counts(Change("x", b"++ a\n-- b\n", b"-- b\n")) == (0, 1)


def test_lines_are_plain_without_colour() -> None:
    given = [Line("[red]x[/]", "add"), Line("\x1b[1m:bug:\t\u2028", "bad"), Line()]
    assert render(given, color=False) == "[red]x[/]\n\\x1b[1m:bug:\t\\u2028\n\n"


def test_lines_with_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")  # the caller has decided
    given = [Line("[red]x[/]\ty", "add"), Line("x" * 500), Line("\x1b"), Line("- old", "remove")]
    expected = f"\x1b[32m[red]x[/]\ty\x1b[0m\n{'x' * 500}\n\\x1b\n\x1b[31m- old\x1b[0m\n"
    assert render(given, color=True) == expected


def test_visible() -> None:
    assert visible("plain ünï 中 \u3000\xa0\t!") == "plain ünï 中 \u3000\xa0\t!"
    assert visible("\x00\x07\x1b\x7f\x9b\r\n") == "\\x00\\x07\\x1b\\x7f\\x9b\\r\\n"
    assert visible("\u202e\u200b\ufeff\u2029") == "\\u202e\\u200b\\ufeff\\u2029"
    assert visible(os.fsdecode(b"\xff\xc3")) == "\\xff\\xc3"
    assert visible("\ud800") == "\\ud800"


def test_without_surrogates() -> None:
    assert without_surrogates("a\x1b\n\t中") == "a\x1b\n\t中"
    assert without_surrogates(os.fsdecode(b"a\xff")) == "a\\xff"
    assert without_surrogates("\ud83d") == "\\ud83d"


def section(title: str, number: int, height: int = 1, *, whole: bool = False) -> Section:
    items = [[Line(f"{title}{n}.{line}") for line in range(height)] for n in range(number)]
    return Section(Line(title), items, whole)


def texts(*sections: Section, show: bool = False) -> list[str]:
    return [line.text for line in fitted(sections, show=show)]


def test_what_fits_is_shown_whole() -> None:
    assert texts(section("a", 2), section("b", 0), section("", 1)) == [
        "a", "a0.0", "a1.0", "", "0.0",
    ]  # fmt: skip


def test_long_sections_share_what_is_left() -> None:
    shown = texts(section("a", 30), section("b", 30), section("c", 3), section("d", 3, whole=True))
    assert len(shown) == HEIGHT - 1  # and no empty line at the end
    assert [shown.count(f"{name}2.0") for name in "abcd"] == [1, 1, 1, 1]
    cut = [line for line in shown if "more" in line]
    assert cut == ["  ... and 18 more (--show)"] * 2


def test_first_item_is_shown_however_little_room_there_is() -> None:
    shown = texts(section("a", 60, whole=True), section("b", 5, 3))
    assert shown[-5:] == ["b", "b0.0", "b0.1", "b0.2", "  ... and 4 more (--show)"]
    assert len([line for line in shown if line.startswith("a")]) == 61


def test_everything_on_demand() -> None:
    assert len(texts(section("a", 90), section("b", 30, 3), show=True)) == 91 + 1 + 91


def test_last_item_takes_the_place_of_what_says_that_it_is_missing() -> None:
    shown = texts(section("a", HEIGHT - 2))
    assert shown[-1] == f"a{HEIGHT - 3}.0"
    assert len(shown) == HEIGHT - 1


def test_english() -> None:
    assert [count(number, "task") for number in range(3)] == ["0 tasks", "1 task", "2 tasks"]
    assert [verb(number, "stay") for number in range(3)] == ["stay", "stays", "stay"]
    assert some("ab", 2, "place") == "a, b"
    assert some("abc", 2, "place") == "a, b, and 1 more place"
    assert some("abcd", 2, "place", "; ") == "a; b; and 2 more places"
