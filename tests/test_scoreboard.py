"""The scoreboard: its count, what it takes for found and for needless, and its table."""

import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.real import found
from benchmarks.real.count import count
from benchmarks.real.projects import PROJECTS, copy
from benchmarks.real.run import Score, score
from benchmarks.real.table import BEGIN, END, HEAD, details, put_into, table
from benchmarks.real.touched import needless

ROOT = Path(__file__).parents[1]

TASKS = """\
from celery import Celery, chain

app = Celery("shop")
app.conf.timezone = "UTC"


@app.task(
    bind=True)
def pay(self):
    pass


def start():
    chain(pay.s(), pay.si())
    pay.delay()
    pay.apply_async()
    other.delay()
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Score:
    return score("shop", copy(ROOT / "examples/shop", tmp_path_factory.mktemp("shop") / "shop"))


def test_count_finds_each_kind(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text(TASKS)
    (tmp_path / "broken.py").write_text("def")
    counted = count(tmp_path, ["tasks.py", "broken.py"])
    assert [(one.name, one.line, one.last_line) for one in counted.tasks] == [("pay", 7, 9)]
    assert [one.line for one in counted.sends] == [15, 16]
    assert [one.line for one in counted.signatures] == [14, 14]
    assert [(one.name, one.line) for one in counted.settings] == [("timezone", 4)]
    assert counted.unparsed == ("broken.py",)


def test_share_names_what_was_missed_and_what_was_not_counted(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text(TASKS)
    sites = [
        {"path": "tasks.py", "line": 15, "kind": ".delay()"},
        {"path": "tasks.py", "line": 17, "kind": ".delay()"},
        {"path": "tasks.py", "line": 18, "kind": ".delay"},
    ]
    share = found.calls({"sites": sites}, count(tmp_path, ["tasks.py"]))
    assert share == found.Share(1, 2, ("tasks.py:16",), ("tasks.py:17",))


def test_tasks_are_what_their_worst_finding_is() -> None:
    report: dict[str, Any] = {
        "tasks": [
            {"name": "a", "moves": True, "held_by": []},
            {"name": "b", "moves": True, "held_by": []},
            {"name": "c", "moves": False, "held_by": [{"code": "C2D1"}, {"code": "C2D1"}]},
        ],
        "findings": [
            {"action": "REVIEW", "tasks": ["b", "c"]},
            {"action": "REWRITE", "tasks": ["a"]},
        ],
    }
    assert found.actions(report) == {"REWRITE": 1, "REVIEW": 1, "MANUAL": 1}
    assert found.holds(report) == {"C2D1": 1}


PATCH = """\
diff --git a/tasks.py b/tasks.py
--- a/tasks.py
+++ b/tasks.py
@@ -{old} +{old} @@
-    was
+    is
"""


@pytest.mark.parametrize(
    ("line", "touched"),
    [
        pytest.param(8, 0, id="in the decorators of a task"),
        pytest.param(14, 0, id="in a statement with a site"),
        pytest.param(17, 2, id="in a statement without"),
        pytest.param(11, 2, id="between functions"),
    ],
)
def test_lines_that_no_finding_accounts_for_are_needless(line: int, touched: int) -> None:
    report = {
        "tasks": [{"path": "tasks.py", "line": 7}],
        "findings": [],
        "sites": [{"path": "tasks.py", "line": 14}],
    }
    patch = PATCH.format(old=line)
    assert needless(patch, report, {"tasks.py": TASKS.encode()}) == touched


def test_imports_and_what_names_dramatiq_are_needed() -> None:
    report: dict[str, Any] = {"tasks": [], "findings": [], "sites": []}
    for text in ("import shop", "DRAMATIQ_BROKER = {}"):
        patch = PATCH.format(old=17).replace("    is", text)
        assert needless(patch, report, {"tasks.py": TASKS.encode()}) == 0


def test_sample_project_is_found_whole_and_moves(shop: Score) -> None:
    for share in (shop.tasks, shop.calls, shop.canvas, shop.settings):
        assert share.found == share.counted, share.missed
    assert shop.tasks.counted > 0
    assert shop.actions["REWRITE"] > 0
    assert (shop.broken, shop.again, shop.needless) == ((), 0, 0)
    assert shop.touched > 0


def test_table_has_a_line_for_each_and_the_sums(shop: Score) -> None:
    lines = table([shop, shop])
    assert len(lines) == 5
    assert lines[2] == lines[3]
    assert f"{2 * shop.tasks.found} of {2 * shop.tasks.counted}" in lines[4]
    assert {line.count("|") for line in lines} == {len(HEAD) + 1}
    assert all(line.startswith("shop: ") for line in details(shop))


def test_readme_holds_the_table_as_it_is_made() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    rows = text.partition(BEGIN)[2].partition(END)[0].strip().splitlines()
    cells = [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in rows]
    assert cells[0] == HEAD
    assert [row[0] for row in cells[2:]] == [*PROJECTS, "all"]
    for row in cells[2:]:
        assert all(re.fullmatch(r"\d+ of \d+|none", cell) for cell in row[1:5]), row
        assert all(cell.isdigit() for cell in row[5:9]), row
        assert re.fullmatch(r"\d+, \d+", row[-1]), row


def test_table_goes_between_its_markers() -> None:
    text = f"a\n{BEGIN}\nold\n{END}\nb\n"
    assert put_into(text, ["new"]) == f"a\n{BEGIN}\n\nnew\n\n{END}\nb\n"
    assert put_into(put_into(text, ["new"]), ["new"]) == put_into(text, ["new"])
    with pytest.raises(ValueError, match="no <!--"):
        put_into("a\n", ["new"])
