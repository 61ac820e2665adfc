"""What the user does not want to hear of is not reported, and done or left as it was before."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.sample import APP, HALF, NONE, WHOLE, call, project, tree, write

HELD, VIEWS = str(HALF["shop/hooks.py"]), str(WHOLE["shop/views.py"])


def report(root: Path, *words: str) -> dict[str, Any]:
    answer = call("scan", "--root", root, "--format", "json", *words)
    assert answer.exit_code == 0, answer.stderr
    return dict(json.loads(answer.stdout))


def codes(findings: list[dict[str, Any]]) -> set[str]:
    return {finding["code"] for finding in findings}


@pytest.mark.parametrize("words", [("--ignore", "C2D9"), ("--select", "C2D1", "--select", "C2D2")])
def test_what_is_not_reported_holds_back_all_the_same(words: tuple[str, ...], root: Path) -> None:
    write(root, HALF)
    before, after = report(root), report(root, *words)
    assert before["tasks"] == after["tasks"]
    assert before["edits"] == after["edits"]
    assert "C2D901" in codes(before["findings"])
    assert "C2D901" not in codes(after["findings"])
    assert codes(after["ignored"]) == codes(before["findings"]) - codes(after["findings"])
    assert call("scan", "--root", root, "--fail-on", "manual").exit_code == 1
    assert call("scan", "--root", root, "--fail-on", "manual", *words).exit_code == 0


def test_the_text_names_what_it_ignores(root: Path) -> None:
    write(root, HALF)
    answer = call("scan", "--root", root, "--ignore", "C2D901")
    assert "and ignored, as was asked for: C2D901 (1 task)" in answer.stdout
    assert "holds 1 task" not in answer.stdout
    assert answer.stdout.endswith("--ignore C2D901\n")


def test_apply_writes_the_same(root: Path, tmp_path: Path) -> None:
    other = project(tmp_path / "other", HALF)
    call("apply", "--root", project(root, HALF), "--ignore", "C2D", "-q")
    call("apply", "--root", other, "-q")
    assert tree(root) == tree(other)


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_codes_that_do_not_exist(option: str, root: Path) -> None:
    answer = call("scan", "--root", root, option, "C2D9O1")
    assert answer.exit_code == 2
    assert f"{option} C2D9O1: there is no such code; did you mean C2D9" in answer.stderr
    assert call("scan", "--root", root, option, "").exit_code == 2


def test_the_configuration_says_so_too(root: Path) -> None:
    write(root, {**HALF, "celery2dramatiq.toml": 'ignore = ["C2D9"]\nexclude = ["shop/old*"]\n'})
    write(root, {"shop/old.py": "import celery\nprint 'Python 2'\n"})
    found = report(root, "--ignore", "C2D1")
    assert codes(found["findings"]).isdisjoint({"C2D901", "C2D101"})
    assert "shop/old.py" not in {file["path"] for file in found["files"]}
    write(root, {"celery2dramatiq.toml": 'select = ["C2D1"]\n'})
    assert codes(report(root, "--exclude", "shop/old.py")["findings"]) == {"C2D101"}
    chosen = report(root, "--select", "C2D6", "--exclude", "old.py")
    assert {code[:4] for code in codes(chosen["findings"])} == {"C2D6"}


# -- comments


def marked(comment: str) -> dict[str, str | bytes]:
    return {**WHOLE, "shop/hooks.py": HELD.replace("(mail)\n", f"(mail)  {comment}\n")}


@pytest.mark.parametrize(
    "comment",
    ["# c2d: ignore[C2D901]", "#c2d:ignore [ C2D149 ,C2D901]", "# noqa # c2d: ignore[C2D901]"],
)
def test_a_comment_ignores_in_its_line(comment: str, root: Path) -> None:
    write(root, marked(comment))
    found = report(root)
    assert "C2D901" not in codes(found["findings"])
    assert codes(found["ignored"]) == {"C2D901"}
    assert [task["moves"] for task in found["tasks"]] == [True, False]


@pytest.mark.parametrize(
    ("comment", "note"),
    [
        ("# c2d: ignore[C2D148]", "C2D148: nothing of that code"),
        ("# c2d: ignore[c2d901]", "c2d901 is no code; did you mean C2D901?: nothing"),
        ("# c2d: ignore", "it names no code, as in `# c2d: ignore[C2D149]`: nothing"),
        ("# c2d: ignore[]", "it names no code"),
    ],
)
def test_a_comment_that_ignores_nothing(comment: str, note: str, root: Path) -> None:
    write(root, marked(comment))
    (finding,) = (one for one in report(root)["findings"] if one["code"] == "C2D930")
    assert finding["note"].startswith(note)
    assert (finding["path"], finding["line"], finding["column"]) == ("shop/hooks.py", 3, 17)
    assert codes(report(root, "--ignore", "C2D930")["findings"]) >= {"C2D901"}
    assert "C2D930" not in codes(report(root, "--ignore", "C2D930")["findings"])


def test_a_text_is_no_comment(root: Path) -> None:
    write(root, {**WHOLE, "shop/text.py": 'import celery\nX = "# c2d: ignore[C2D901]"\n'})
    write(root, {"broken.py": "import celery\nx = (  # c2d: ignore[C2D901]\n"})
    write(root, {"README.md": "`celery -A shop.app worker`: # c2d: ignore[C2D901]\n"})
    answer = call("scan", "--root", root, "--format", "json")
    assert "C2D930" not in codes(json.loads(answer.stdout)["findings"])


def test_other_files_have_comments_too(root: Path) -> None:
    text = "\u00e9\ncelery==5.4.0  # c2d: ignore[C2D801]\nredis  # c2d: ignore[C2D801]\n"
    write(root, {**WHOLE, "requirements.txt": f"# {text}"})
    found = report(root)
    assert [(f["code"], f["line"]) for f in found["ignored"]] == [("C2D801", 2)]
    assert [f["line"] for f in found["findings"] if f["code"] == "C2D930"] == [3]


# -- the baseline


def baseline(root: Path) -> Path:
    file = root.parent / "celery-baseline.json"
    answer = call("scan", "--root", root, "--write-baseline", file)
    assert (answer.exit_code, answer.stdout) == (0, "")
    assert answer.stderr == f"Written: {file}\n"
    return file


def gate(root: Path, file: Path, *words: str) -> tuple[int, list[dict[str, Any]]]:
    chosen = ("--fail-on", "new", "--format", "json", *words)
    answer = call("scan", "--root", root, "--baseline", file, *chosen)
    return answer.exit_code, json.loads(answer.stdout)["new"]


def test_nothing_is_new(root: Path) -> None:
    file = baseline(write(root, HALF))
    assert gate(root, file) == (0, [])
    assert report(root)["new"] is None
    text = file.read_text()
    assert baseline(root).read_text() == text


def test_moved_lines_are_not_new(root: Path) -> None:
    file = baseline(write(root, HALF))
    write(root, {"shop/views.py": f'"""Views."""\n\n{VIEWS}'})
    assert gate(root, file) == (0, [])


def test_a_task_that_can_move_now_is_not_new(root: Path) -> None:
    file = baseline(write(root, NONE))
    write(root, {"hooks.py": "from shop.tasks import add, mail\n"})
    assert gate(root, file) == (0, [])


def test_one_more_use_is_new(root: Path) -> None:
    file = baseline(write(root, HALF))
    write(root, {"shop/views.py": f"{VIEWS}\nadd.delay(3, 4)\n"})
    write(root, {"shop/more.py": "from shop.tasks import mail\n\n\ndef f():\n    mail.delay()\n"})
    code, new = gate(root, file)
    assert code == 1
    assert [(one["path"], one["scope"], one["use"], one["known"]) for one in new] == [
        ("shop/more.py", "f", ".delay()", 0),
        ("shop/views.py", "", ".delay()", 1),
    ]
    assert [place["line"] for place in new[1]["places"]] == [3, 5]
    text = call("scan", "--root", root, "--baseline", file)
    assert text.exit_code == 0
    assert "Uses of Celery that the baseline does not have\n" in text.stdout
    assert "::mail .delay() in f: shop/more.py:5\n" in text.stdout
    assert "shop/views.py:3; shop/views.py:5, of which the baseline has 1\n" in text.stdout
    assert "shop/more.py:5\n" in call("scan", "--show", "--root", root, "--baseline", file).stdout


def test_another_app_and_names_of_celery_are_new(root: Path) -> None:
    file = baseline(write(root, WHOLE))
    write(root, {"other.py": APP, "chord.py": "import os\nfrom celery import chord\nchord(os.x)\n"})
    used = {(one["path"], one["of"]) for one in gate(root, file)[1]}
    assert {("other.py", "app"), ("chord.py", "celery.chord")} <= used
    assert {of for path, of in used if path == "chord.py"} == {"celery.chord"}


def test_what_belongs_to_celery_by_other_hands_is_not_counted(root: Path) -> None:
    """A library of its schedules is no use of Celery's own names."""
    file = baseline(write(root, WHOLE))
    write(root, {"beat.py": "import celery\nimport redbeat\n\nredbeat.RedBeatScheduler()\n"})
    assert {one["of"] for one in gate(root, file)[1]} <= {"celery"}


def test_an_empty_project_has_an_empty_baseline(root: Path) -> None:
    file = baseline(write(root, {"a.py": "x = 1\n"}))
    assert json.loads(file.read_text()) == {"schema": 1, "uses": []}
    write(root, WHOLE)
    assert gate(root, file)[0] == 1


def test_files_that_git_does_not_know(root: Path) -> None:
    file = baseline(project(root, WHOLE))
    write(root, {"shop/draft.py": "from shop.tasks import add\n\nadd.delay()\n"})
    assert gate(root, file)[0] == 1
    assert gate(root, file, "--tracked") == (0, [])


def test_the_configuration_names_it(root: Path) -> None:
    write(root, {**WHOLE, "celery2dramatiq.toml": 'baseline = "known.json"\n'})
    answer = call("scan", "--root", root, "--fail-on", "new")
    assert answer.exit_code == 2
    assert (
        "known.json: No such file or directory; `scan --write-baseline` writes it" in answer.stderr
    )
    call("scan", "--root", root, "--write-baseline", root / "known.json")
    assert call("scan", "--root", root, "--fail-on", "new").exit_code == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("no JSON", "is no baseline"),
        ("[]", "is no baseline"),
        ('{"schema": 1, "uses": [{"path": "a"}]}', "is no baseline: KeyError"),
        ('{"schema": 2}', "its schema is not 1; write it anew"),
    ],
)
def test_what_is_no_baseline(text: str, problem: str, root: Path) -> None:
    write(root, {**WHOLE, "known.json": text})
    answer = call("scan", "--root", root, "--baseline", root / "known.json")
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert problem in answer.stderr


def test_the_gate_needs_a_baseline(root: Path) -> None:
    answer = call("scan", "--root", write(root, WHOLE), "--fail-on", "new")
    assert answer.exit_code == 2
    assert "--fail-on new needs a --baseline" in answer.stderr


# -- decisions are stored


def save(root: Path, *words: str) -> str:
    answer = call("apply", "--root", root, "--allow-no-vcs", "--save", *words)
    assert answer.exit_code == 0, answer.stderr
    return answer.stdout


def test_the_next_run_does_the_same(root: Path) -> None:
    write(root, HALF)
    out = save(root, "--accept", "C2D901", "--retries", "dramatiq")
    assert (root / "celery2dramatiq.toml").read_text() == (
        'retries = "dramatiq"\naccept = ["C2D901"]\n'
    )
    assert "celery2dramatiq.toml" in out
    answer = call("apply", "--root", root, "--allow-no-vcs", "--check")
    assert answer.exit_code == 0, answer.stdout
    write(root, {"shop/more.py": "from shop.app import app\n\n\n@app.task\ndef t():\n    pass\n"})
    assert report(root)["chosen"]["retries"] == "dramatiq"


def test_pyproject_keeps_what_else_is_in_it(root: Path) -> None:
    text = '# ours\r\n[project]\r\nname = "shop"\r\ndependencies = ["celery[redis]==5.4.0"]\r\n'
    write(root, {**WHOLE, "pyproject.toml": text.encode()})
    save(root, "--time-limit", "dramatiq", "--exclude", "docs", "--exclude", "old")
    after = (root / "pyproject.toml").read_bytes().decode()
    assert after.startswith('# ours\r\n[project]\r\nname = "shop"\r\ndependencies = ["dramatiq[')
    assert after.endswith(
        '[tool.celery2dramatiq]\r\ntime-limit = "dramatiq"\r\nexclude = ["docs", "old"]\r\n'
    )
    assert after.count("\n") == after.count("\r\n")


def test_lists_grow(root: Path) -> None:
    own = '# why: see the wiki\naccept = ["C2D148"]  # slow\n'
    write(root, {**HALF, "celery2dramatiq.toml": own, "pyproject.toml": "[tool.ruff]\n"})
    save(root, "--accept", "C2D901")
    text = (root / "celery2dramatiq.toml").read_text()
    assert text == '# why: see the wiki\naccept = ["C2D148", "C2D901"]  # slow\n'
    before = tree(root)
    save(root, "--accept", "C2D901")
    assert tree(root) == before


def test_nothing_to_store(root: Path) -> None:
    write(root, WHOLE)
    save(root)
    assert not (root / "celery2dramatiq.toml").exists()


@pytest.mark.parametrize("data", [b"\xff", b"no TOML"])
def test_what_cannot_be_edited_is_refused(data: bytes, root: Path) -> None:
    write(root, {**WHOLE, "pyproject.toml": data})
    before = tree(root)
    answer = call("apply", "--root", root, "--allow-no-vcs", "--save", "--accept", "C2D148")
    assert answer.exit_code == 4
    assert "pyproject.toml cannot be edited to store decisions" in answer.stderr
    assert tree(root) == before


def test_what_cannot_be_read_is_refused(root: Path) -> None:
    write(root, WHOLE)
    (root / "pyproject.toml").mkdir()
    answer = call("apply", "--root", root, "--allow-no-vcs", "--save", "--accept", "C2D148")
    assert answer.exit_code == 4
    assert "pyproject.toml cannot be read: Is a directory" in answer.stderr
