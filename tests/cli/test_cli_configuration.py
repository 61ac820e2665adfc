"""`[tool.celery2dramatiq]` in pyproject.toml: what it chooses, and what makes no sense there."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.sample import HALF, WHOLE, call, write

OUTSIDE = {
    "shop/jobs.py": "from library.jobs import job\n\n\n@job\ndef pack():\n    pass\n",
    "shop/sends.py": "from shop.jobs import pack\n\n\ndef go():\n    pack.delay()\n",
}


def configure(root: Path, text: str) -> None:
    write(root, {"pyproject.toml": f"[tool.celery2dramatiq]\n{text}\n"})


def tasks(root: Path, *words: str) -> dict[str, Any]:
    """The tasks of the report, by their names."""
    answer = call("scan", "--root", root, "--format", "json", *words)
    assert answer.exit_code == 0, answer.stderr
    return {task["name"]: task for task in json.loads(answer.stdout)["tasks"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("retrys = 'keep'", "there is no key 'retrys'; did you mean retries?"),
        ("colour = 1", "there is no key 'colour'\n"),
        ("retries = 'never'", "retries must be one of 'keep' and 'dramatiq'"),
        ("time-limit = 10", "time-limit must be one of"),
        ("scheduler = 'cron'", "scheduler must be one of 'apscheduler' and 'dramatiq-crontab'"),
        ("scheduler = ['cron']", "scheduler must be one of"),
        ("accept = 'C2D901'", "accept must be a list of texts"),
        ("accept = [3]", "accept must be a list of texts"),
        ("accept = ['c2d901']", "accept 'c2d901': there is no such code; did you mean C2D901?"),
        ("accept = ['C2D902']", "accept 'C2D902': this cannot be accepted"),
        ("task-decorators = ['job']", "'job' is no dotted name such as"),
        ("task-decorators = ['a.b c']", "'a.b c' is no dotted name such as"),
        ("select = ['C2D']\nignore = ['C3']", "ignore 'C3': there is no such code"),
        ("select = ['C2D20l']", "select 'C2D20l': there is no such code; did you mean"),
        ("exclude = ['!']", "exclude: not a pattern of .gitignore"),
        ("baseline = 3", "baseline must be a text"),
    ],
)
@pytest.mark.parametrize("command", ["scan", "apply", "verify"])
def test_what_makes_no_sense(command: str, text: str, message: str, root: Path) -> None:
    write(root, WHOLE)
    configure(root, text)
    answer = call(command, "--root", root)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "pyproject.toml: [tool.celery2dramatiq]: " in answer.stderr
    assert message in answer.stderr


def test_no_table(root: Path) -> None:
    write(root, {**WHOLE, "pyproject.toml": "tool.celery2dramatiq = 3\n"})
    answer = call("scan", "--root", root)
    assert answer.exit_code == 2
    assert "this is no table" in answer.stderr


@pytest.mark.parametrize("text", ["[tool.ruff]\n", "tool = 3\n", "no TOML\n"])
def test_nothing_is_chosen(text: str, root: Path) -> None:
    write(root, {**WHOLE, "pyproject.toml": text})
    assert all(task["moves"] for task in tasks(root).values())


def test_reasons_to_accept_add_up(root: Path) -> None:
    write(root, HALF)
    (held,) = (task for task in tasks(root).values() if not task["moves"])
    configure(root, f"accept = ['{held['held_by'][0]['code']}']")
    assert all(task["moves"] for task in tasks(root).values())
    assert all(task["moves"] for task in tasks(root, "--accept", "C2D108").values())


@pytest.mark.parametrize("option", ["retries", "time-limit"])
def test_the_command_line_wins(option: str, root: Path) -> None:
    write(root, WHOLE)
    configure(root, f"{option} = 'dramatiq'")
    note = f"(--{option} dramatiq)"
    assert note in call("scan", "--root", root, "--show").stdout
    answer = call("scan", "--root", root, "--show", f"--{option}", "keep")
    assert note not in answer.stdout
    assert f"--{option} keep" in answer.stdout.splitlines()[-1]


def test_decorators_from_outside(root: Path) -> None:
    write(root, {**WHOLE, **OUTSIDE})
    assert "shop.jobs.pack" not in tasks(root)
    configure(root, "task-decorators = ['library.jobs.job']")
    held = tasks(root)["shop.jobs.pack"]
    assert not held["moves"]
    assert "C2D914" in str(held["held_by"])
    chosen = ("--accept", "C2D914")
    assert tasks(root, *chosen)["shop.jobs.pack"]["moves"]
    call("apply", "--root", root, "--allow-dirty", "--allow-no-vcs", *chosen)
    assert '@dramatiq.actor(actor_name="shop.jobs.pack")' in (root / "shop/jobs.py").read_text()
    assert "pack.send()" in (root / "shop/sends.py").read_text()


# -- a file of its own


def test_a_file_of_its_own(root: Path) -> None:
    write(root, {**WHOLE, "celery2dramatiq.toml": "retries = 'dramatiq'\n"})
    assert "(--retries dramatiq)" in call("scan", "--root", root, "--show").stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("retrys = 1", "celery2dramatiq.toml: there is no key 'retrys'; did you mean retries?"),
        ("[tool.celery2dramatiq]", "celery2dramatiq.toml: there is no key 'tool'"),
        ("no TOML", "celery2dramatiq.toml: "),
    ],
)
def test_a_file_of_its_own_that_makes_no_sense(text: str, message: str, root: Path) -> None:
    write(root, {**WHOLE, "celery2dramatiq.toml": text})
    answer = call("scan", "--root", root)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert message in answer.stderr


def test_two_places(root: Path) -> None:
    configure(root, "")
    write(root, {"celery2dramatiq.toml": ""})
    answer = call("scan", "--root", root)
    assert answer.exit_code == 2
    assert "both configure this project: keep one of them" in answer.stderr
