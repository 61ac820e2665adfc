"""What rules for project files answer, and what becomes of it."""

from collections.abc import Iterator, Mapping

from celery2dramatiq.codemod import Codemod, TextOutcome, combine, load, on_files
from celery2dramatiq.files import Source
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.plan import Plan
from celery2dramatiq.specs import Splice, TextEdit
from tests.projects import Files, planned

ROW = Row("C2D899", "a command", "another", Action.REWRITE)
APP = """\
from celery import Celery

app = Celery("shop", broker="redis://")


@app.task
def add(a, b):
    return a + b
"""


@on_files("start", reads=lambda path: path.endswith(("Procfile", "setup.py", "broken", "app.py")))
def start(files: Mapping[str, Source], plan: Plan) -> Iterator[TextOutcome]:
    for path, source in files.items():
        at = source.text.find("celery-worker")
        if path == "broken":
            yield TextOutcome(ROW, path, 3, 3, "no command", unreadable=True)
            yield TextOutcome(ROW, path, 3, 3, "again", unreadable=True)
        elif at >= 0 and plan.moving:
            end = at + len("celery-worker")
            yield TextOutcome(ROW, path, at, end, "note", (Splice(at, end, "dramatiq"),))


def plan_of(files: Files) -> Plan:
    codemod = Codemod("start", "", (ROW,), (start,))
    return planned(files, rules=combine([*load().codemods, codemod]))


def findings(plan: Plan) -> list[tuple[str, int, int, Action]]:
    ours = [finding for finding in plan.findings if finding.row == ROW]
    return [(f.place.path, f.place.line, f.place.column, f.action) for f in ours]


def test_edit_and_its_place() -> None:
    plan = plan_of({"app.py": APP, "Procfile": "# é\r\nw: celery-worker\n", "x": "celery-worker"})
    assert plan.text_edits == (TextEdit("Procfile", (Splice(8, 21, "dramatiq"),)),)
    assert findings(plan) == [("Procfile", 2, 4, Action.REWRITE)]
    (found,) = [finding for finding in plan.findings if finding.row == ROW]
    assert (found.place.start, found.place.end, found.note) == (9, 22, "note")


def test_python_file_that_is_no_module_to_be_rewritten() -> None:
    plan = plan_of({"app.py": APP, "setup.py": "x = 'celery-worker'\n"})
    assert [edit.path for edit in plan.text_edits] == ["setup.py"]


def test_module_that_is_rewritten_is_not_spliced_as_well() -> None:
    plan = plan_of({"app.py": APP + "x = 'celery-worker'\n"})
    assert plan.text_edits == ()
    assert findings(plan) == [("app.py", 9, 6, Action.MANUAL)]


def test_nothing_moves() -> None:
    assert plan_of({"a.py": "", "Procfile": "w: celery-worker\n"}).text_edits == ()


def test_file_that_cannot_be_parsed_is_named_once() -> None:
    plan = plan_of({"app.py": APP, "broken": "a\r\rCELERY"})
    assert [(f.path, f.reason, f.line, f.celery) for f in plan.unreadable] == [
        ("broken", "no command", 3, True)
    ]
    assert findings(plan) == []
