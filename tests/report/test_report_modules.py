"""Modules with tasks: which can move alone, and which hang together."""

import pytest

from celery2dramatiq.report import modules
from celery2dramatiq.report.html import graph
from celery2dramatiq.report.modules import Member, Module
from tests.cli.sample import APP
from tests.projects import planned

TASK = "from app import app\n\n\n@app.task\ndef {}(x):\n    return x\n"
FILES = {
    "app.py": APP,
    "a.py": TASK.format("a"),
    "b.py": TASK.format("b"),
    "c.py": TASK.format("c"),
}
IMPORTS = "from celery import chain\n\nfrom a import a\nfrom b import b\nfrom c import c\n\n"


def of(send: str, **more: str) -> list[tuple[str, tuple[str, ...]]]:
    plan = planned({**FILES, "send.py": IMPORTS + send, **more})
    return [(module.path, module.together) for module in modules.modules(plan)]


ALONE = [("a.py", ()), ("b.py", ()), ("c.py", ())]
TWO = [("a.py", ("b.py",)), ("b.py", ("a.py",)), ("c.py", ())]


@pytest.mark.parametrize(
    ("send", "expected"),
    [
        ("a.delay(1)\nb.delay(1)\n", ALONE),
        ("chain(a.s(1), b.s()).delay()\n", TWO),
        ("a.apply_async((1,), link=b.s())\n", TWO),
        ("for t in (a, b):\n    t.delay(1)\n", TWO),
    ],
)
def test_what_hangs_together(send: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    assert of(send) == expected


def test_who_sends_what() -> None:
    plan = planned({**FILES, "send.py": f"{IMPORTS}a.delay(1)\na.delay(2)\nb.delay(1)\n"})
    assert modules.sends(plan) == {("send.py", "a.py"): 2, ("send.py", "b.py"): 1}


def test_the_section() -> None:
    send = "chain(a.s(1), b.s()).delay()\nregister(c)\n"
    section = modules.section(planned({**FILES, "send.py": IMPORTS + send}), show=False)
    assert [line.text for item in section.items for line in item] == [
        "  a.py + b.py: 2 tasks can move together, or not at all",
        "  c.py: 1 task stays",
    ]
    half = TASK.format("c") + "\n\n@app.task\ndef d(x):\n    return x\n"
    plan = planned({**FILES, "c.py": half, "send.py": f"{IMPORTS}register(c)\n"})
    assert [line.text for item in modules.section(plan, show=True).items for line in item] == [
        "  a.py: 1 task can move alone",
        "  b.py: 1 task can move alone",
        "  c.py: 1 of 2 tasks can move",
    ]


def test_one_module_needs_no_section() -> None:
    assert modules.section(planned({"app.py": APP, "a.py": FILES["a.py"]}), show=True).items == ()


def test_too_many_are_left_out_of_the_drawing() -> None:
    found = [Module(f"m{n}.py", (Member(f"t{n}", moves=True),)) for n in range(50)]
    sends = {(f"s{n}.py", f"m{n}.py"): n for n in range(45)}
    assert graph.left_out(found, sends) == 15
    drawn = graph.drawn(found, sends)
    assert "m39.py" in drawn
    assert "m40.py" not in drawn
    of_one = {(f"s{n}.py", "m0.py"): 1 for n in range(graph.MOST + 1)}
    assert graph.drawn(found[:1], of_one).count('class="edge"') == graph.MOST
    assert graph.left_out(found[:2], {}) == 0


def test_modules_that_hang_together_are_joined() -> None:
    tasks = (Member("t", moves=True),)
    found = [Module("a.py", tasks, ("b.py",)), Module("b.py", tasks, ("a.py",))]
    assert graph.drawn(found, {}).count('class="tie"') == 1
    assert "s.py" not in graph.drawn(found, {("s.py", "elsewhere.py"): 1})
