"""What the report draws of canvases."""

import pytest

from celery2dramatiq.report.drawings import Drawing, canvases, drawings
from tests.projects import planned

APP = "from celery import Celery, chain, chord, group\n\napp = Celery(broker='redis://')\n"
TASKS = "".join(f"\n\n@app.task\ndef {name}(*args):\n    pass\n" for name in "abc")


def drawn(line: str) -> list[str]:
    return [drawing.text for drawing in of(line)]


def of(line: str) -> list[Drawing]:
    return list(drawings(planned({"tasks.py": f"{APP}{TASKS}\n\n{line}\n"})))


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("chain(a.s(1), b.s(2, k=x), c.si(*y)).delay()", "a(1) -> b(2, k=x) -> c(*y)"),
        ("(a.s(1) | b.s()).delay()", "a(1) -> b()"),
        ("group(a.s(), b.s())()", "[a() | b()]"),
        ("group(a.s(i) | b.s() for i in x)()", "[a(i) -> b()]"),
        ("chord([a.s(), b.s()], c.s()).delay()", "[a() | b()] -> c()"),
        ("chord([a.s(), b.s()])(c.s())", "[a() | b()] -> c()"),
        ("chord(group(a.s(), b.s()), c.s())()", "[a() | b()] -> c()"),
        ("(group(a.s(), b.s()) | c.s()).delay()", "[a() | b()] -> c()"),
        ("chain(a.s(), group(b.s(), c.s()), a.s())()", "a() -> [b() | c()] -> a()"),
        ("chord(group(a.s(), chain(b.s(), c.s())), chain(x))()", "[a() | b() -> c()] -> ..."),
        ("chain(a.s(), group(steps))()", "a() -> [...]"),
    ],
)
def test_a_canvas(line: str, text: str) -> None:
    assert drawn(line) == [text]


@pytest.mark.parametrize(
    "line",
    ["a.s().delay()", "a.delay()", "chain(steps)()", "chain(a.s(), link=b.s())()", "chord(x)"],
)
def test_nothing_to_draw(line: str) -> None:
    assert [text for text in drawn(line) if "a" in text] == []


def test_whether_it_is_kept() -> None:
    assert [drawing.moves for drawing in of("chain(a.s(), b.s())()")] == [True]
    assert [drawing.moves for drawing in of("chain(a.s(), b.s()).freeze()")] == [False]


def test_the_section() -> None:
    plan = planned({"tasks.py": f"{APP}{TASKS}\n\nchain(a.s(), b.s())()\n"})
    ((line,),) = canvases(plan).items
    assert line.text.endswith("a() -> b()   (kept)")


@pytest.mark.parametrize(
    ("line", "nodes", "edges"),
    [
        ("chain(a.s(1), b.s())()", ("a(1)", "b()"), ((0, 1),)),
        ("chain(a.s(), group(b.s(), c.s()), a.s())()", None, ((0, 1), (0, 2), (1, 3), (2, 3))),
        ("chord([a.s() | b.s(), c.s()])(a.s())", None, ((0, 1), (1, 3), (2, 3))),
        ("chain(a.s(), chain(b.s(), c.s()))()", None, ((0, 1), (1, 2))),
        ("chain(a.s(), group(steps))()", ("a()", "..."), ((0, 1),)),
        ("chain(a.s(), chain(steps))()", ("a()", "..."), ((0, 1),)),
    ],
)
def test_what_comes_after_what(
    line: str, nodes: tuple[str, ...] | None, edges: tuple[tuple[int, int], ...]
) -> None:
    (drawing,) = of(line)
    assert tuple(drawing.graph.edges) == edges
    assert nodes in (None, tuple(drawing.graph.nodes))
