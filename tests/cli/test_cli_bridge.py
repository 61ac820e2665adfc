"""`apply --dev-only`: what changes, what does not, and the way back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from celery2dramatiq.codemod import Options
from celery2dramatiq.development import undo
from celery2dramatiq.development.bridge import bridge as make_bridge
from celery2dramatiq.draft import Wrong
from celery2dramatiq.project import open_project
from tests.cli.sample import APP, HALF, NONE, PACKAGE, WHOLE, call, commit, git, tree, write
from tests.cli.test_cli_keep_source import DJANGO

BRIDGE = ("apply", "--dev-only", "--allow-no-vcs")
REMOVE = ("apply", "--dev-only", "--remove", "--allow-no-vcs", "--allow-dirty")
PATCH = "shop/dramatiq_bridge.patch"
NEW = {"shop/dramatiq_bridge.py", PATCH, "shop/dramatiq_helpers.py"}


def bridge(root: Path, *words: str) -> dict[str, Any]:
    answer = call(*BRIDGE, "--root", root, "--format", "json", *words)
    assert answer.exit_code == 0, answer.output
    report = json.loads(answer.stdout)
    assert isinstance(report, dict)
    return report


def refused(root: Path, *words: str) -> str:
    before = tree(root)
    answer = call(*(words or BRIDGE), "--root", root)
    assert answer.exit_code == 4, answer.output
    assert tree(root) == before
    return answer.stderr


def test_the_tasks_are_written_for_dramatiq(root: Path) -> None:
    before = tree(write(root, WHOLE))
    report = bridge(root)
    after = tree(root)
    assert (
        after["shop/tasks.py"]
        .decode()
        .startswith(
            "from shop.app import app\nfrom shop.dramatiq_bridge import dramatiq\n\n\n"
            '@dramatiq.actor(actor_name="shop.tasks.add", celery=app.task)\ndef add(x, y):'
        )
    )
    assert 'celery=app.task(name="shop.mail"))' in after["shop/tasks.py"].decode()
    assert after["shop/views.py"].decode() == "from shop.tasks import add\n\nadd.send(1, 2)\n"
    assert after["shop/app.py"] == before["shop/app.py"]
    assert {path for path in after if path not in before} == NEW == set(report["created"])
    assert {edit["path"] for edit in report["edits"]} == {"shop/tasks.py", "shop/views.py"}
    assert report["worker"] == {
        "command": "dramatiq shop.dramatiq_bridge:broker shop.app shop.tasks --threads 1",
        "env": {"DRAMATIQ_BRIDGE": "1"},
    }
    assert report["celery_worker"] is None
    assert [(task["name"], task["moves"]) for task in report["tasks"]] == [
        ("shop.tasks.add", True), ("shop.mail", True),
    ]  # fmt: skip
    assert {finding["code"] for finding in report["findings"]} >= {"C2D101", "C2D201"}
    for path in NEW - {PATCH}:
        compile(after[path], path, "exec")


RETRIED = (
    "from celery.result import AsyncResult\nfrom shop.app import app\n\n\n@app.task(bind=True)\n"
    "def again(self):\n    raise self.retry()\n\n\n"
    "def state(one):\n    return AsyncResult(one, app=app).state\n"
)


def check_style(root: Path, path: str, *words: str) -> None:
    """Let ruff look at what was generated, with its own settings and no others."""
    ruff = [sys.executable, "-m", "ruff", *words, "--isolated", path]
    done = subprocess.run(ruff, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("files", [WHOLE, DJANGO, {**WHOLE, "shop/more.py": RETRIED}])
def test_generated_code_is_clean(root: Path, files: dict[str, str]) -> None:
    write(root, files)
    bridge(root)
    check_style(root, "shop/dramatiq_bridge.py", "format", "--check", "--line-length", "79")
    check_style(root, "shop/dramatiq_bridge.py", "check", "--select", "E,F,W,I")
    # What both branches define is told apart by pyflakes in one statement alone.
    assert (root / "shop/dramatiq_bridge.py").read_text().count("\nif ON:") == 1


def test_the_carrier_is_clean(root: Path) -> None:
    write(root, WHOLE)
    bridge(root, "--keep-source")
    check_style(root, "shop/celery_over_dramatiq", "format", "--check", "--line-length", "79")


def test_a_second_time_and_back(root: Path) -> None:
    before = tree(write(root, WHOLE))
    bridge(root)
    after = tree(root)
    again = bridge(root)
    assert (again["edits"], again["created"], again["deleted"]) == ([], [], [])
    assert tree(root) == after
    assert call(*REMOVE, "--root", root).exit_code == 0
    assert tree(root) == before
    assert "Nothing to do." in call(*REMOVE, "--root", root).output


def test_the_patch_is_one_that_git_takes(root: Path) -> None:
    commit(write(root, WHOLE))
    bridge(root)
    git(root, "apply", "-R", PATCH)
    assert git(root, "status", "--porcelain", "--untracked-files=no") == b""


def test_other_encodings_and_line_ends_come_back(root: Path) -> None:
    tasks = "# -*- coding: latin-1 -*-\r\n# caf\xe9\r\nfrom shop.app import app\r\n\r\n"
    tasks += "@app.task\r\ndef add(x, y): # \xe9\r\n    return x"
    before = tree(write(root, {**WHOLE, "shop/tasks.py": tasks.encode("latin-1")}))
    bridge(root)
    assert b"@dramatiq.actor" in (root / "shop/tasks.py").read_bytes()
    bridge(root)
    assert call(*REMOVE, "--root", root).exit_code == 0
    assert tree(root) == before


def test_what_was_edited_since_stays(root: Path) -> None:
    write(root, WHOLE)
    bridge(root)
    path = root / "shop/tasks.py"
    new = "# one\n# more\n" * 9
    path.write_text(new + path.read_text() + "\n\ndef more():\n    pass\n")
    assert call(*REMOVE, "--root", root).exit_code == 0
    assert path.read_text() == new + WHOLE["shop/tasks.py"] + "\n\ndef more():\n    pass\n"


def test_a_task_that_is_new_is_taken_along(root: Path) -> None:
    write(root, WHOLE)
    bridge(root)
    path = root / "shop/tasks.py"
    new = "\n\n\n\n@app.task\ndef third():\n    pass\n"
    path.write_text(path.read_text() + new)
    bridge(root)
    assert path.read_text().count("@dramatiq.actor(") == 3
    assert call(*REMOVE, "--root", root).exit_code == 0
    assert path.read_text() == WHOLE["shop/tasks.py"] + new


@pytest.mark.parametrize("words", [BRIDGE, REMOVE])
def test_lines_that_were_edited_since_are_refused(root: Path, words: tuple[str, ...]) -> None:
    write(root, WHOLE)
    bridge(root)
    path = root / "shop/tasks.py"
    path.write_text(path.read_text().replace('actor_name="shop.mail"', 'actor_name="mail"'))
    assert "shop/tasks.py: the lines around 1 were edited" in refused(root, *words)


def test_files_that_are_gone_or_edited_are_refused(root: Path) -> None:
    write(root, WHOLE)
    bridge(root)
    helpers = root / "shop/dramatiq_helpers.py"
    text = helpers.read_text()
    helpers.write_text(text + "# mine\n")
    assert "dramatiq_helpers.py was edited since" in refused(root, *REMOVE)
    helpers.write_text(text)
    views = (root / "shop/views.py").read_text()
    (root / "shop/views.py").unlink()
    assert "shop/views.py is gone" in refused(root, *REMOVE)
    write(root, {"shop/views.py": views})
    (root / PATCH).unlink()
    assert f"{PATCH}, which says how it was" in refused(root, *REMOVE)


def test_half_of_the_tasks(root: Path) -> None:
    write(root, HALF)
    report = bridge(root)
    assert [(task["name"], task["moves"]) for task in report["tasks"]] == [
        ("shop.tasks.add", True), ("shop.mail", False),
    ]  # fmt: skip
    assert report["celery_worker"] == {
        "command": "celery -A shop.app worker",
        "env": {"DRAMATIQ_BRIDGE": "1"},
    }
    command = "DRAMATIQ_BRIDGE=1 celery -A shop.app worker"
    assert f"start `{command}`, too, for the tasks that stay on Celery" in report["by_hand"]
    call(*REMOVE, "--root", root)
    text = call(*BRIDGE, "--root", root).output
    assert "Tasks on Dramatiq in development: 1" in text
    assert "Stays on Celery: shop.mail" in text
    assert "shop/hooks.py:3 C2D901" in text
    assert "--keep-source" in text


def test_nothing_is_written_for_a_diff(root: Path) -> None:
    before = tree(write(root, WHOLE))
    answer = call(*BRIDGE, "--root", root, "--diff")
    assert "+@dramatiq.actor(" in answer.output
    assert call(*BRIDGE, "--root", root, "--check").exit_code == 1
    assert tree(root) == before


# -- what is refused


def test_nothing_to_serve(root: Path) -> None:
    write(root, NONE)
    said = refused(root)
    assert "no task can run on both systems: " in said
    assert "--keep-source" in said


def test_a_project_without_tasks(root: Path) -> None:
    write(root, {"shop.py": APP})
    assert "no task can run on both systems: there is none" in refused(root)


def test_files_of_the_projects_own(root: Path) -> None:
    write(root, {**WHOLE, "shop/dramatiq_bridge.py": "mine = 1\n"})
    assert "shop/dramatiq_bridge.py is there already" in refused(root)


def test_a_project_that_is_migrated(root: Path) -> None:
    write(root, HALF)
    assert call("apply", "--allow-no-vcs", "--root", root).exit_code == 0
    assert "makes a Dramatiq broker already" in refused(root)


def test_a_setting_that_is_computed_is_read_from_celerys_configuration(root: Path) -> None:
    """The bridge has not the names that the app's module has."""
    app = "from celery import Celery\nfrom shop import limits\n\n"
    app += 'app = Celery("shop", broker="amqp://localhost")\n'
    app += "app.conf.task_queue_max_priority = limits.HIGHEST\n"
    write(root, {**WHOLE, "shop/app.py": app, "shop/limits.py": "HIGHEST = 9\n"})
    bridge(root)
    text = (root / "shop/dramatiq_bridge.py").read_text()
    assert "        max_priority=conf.task_queue_max_priority,\n" in text
    assert "limits" not in text


def test_an_option_about_dramatiqs_defaults(root: Path) -> None:
    bridge(write(root, WHOLE), "--retries", "dramatiq")
    assert "        max_retries=20,\n" in (root / "shop/dramatiq_bridge.py").read_text()


def test_what_could_not_be_undone_is_not_written(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is written it is tried."""
    write(root, WHOLE)
    monkeypatch.setattr(undo, "one_before", lambda _patch, _path, _now: b"something else")
    with pytest.raises(Wrong, match=r"shop/dramatiq_helpers.py: .* could not be undone"):
        make_bridge(open_project(root), Options())


def test_dramatiqs_own_time_limit(root: Path) -> None:
    write(root, WHOLE)
    assert "--time-limit" in refused(root, *BRIDGE, "--time-limit", "dramatiq")


def test_odd_paths(root: Path) -> None:
    write(root, {**WHOLE, "shop/v\u00e9.py": WHOLE["shop/views.py"]})
    assert "cannot be noted" in refused(root)


def test_a_queue_that_is_computed_is_celerys_matter(root: Path) -> None:
    views = (
        "from shop.tasks import add\n\n\ndef go(name):\n    add.apply_async((1, 2), queue=name)\n"
    )
    write(root, {**WHOLE, "shop/views.py": views})
    report = bridge(root)
    text = (root / "shop/views.py").read_text()
    assert "add.send_with_options(args=(1, 2), celery=dict(queue=name))" in text
    assert "C2D941" in {finding["code"] for finding in report["findings"]}


def test_options_that_only_celery_knows(root: Path) -> None:
    send = "add.apply_async((1, 2), priority=name, compression='gzip', serializer='json')"
    views = f"from shop.tasks import add\n\n\ndef go(name):\n    {send}\n"
    write(root, {**WHOLE, "shop/views.py": views})
    report = bridge(root)
    text = " ".join((root / "shop/views.py").read_text().split())
    assert "celery=dict(" in text
    for option in ("priority=name", "compression='gzip'", "serializer='json'"):
        assert option in text
    said = [finding["note"] for finding in report["findings"] if finding["code"] == "C2D942"]
    assert len(said) == 2
    assert all(task["moves"] for task in report["tasks"])


@pytest.mark.parametrize("option", ["serializer='pickle'", "**options", "reply_to='me'"])
def test_options_that_matter_in_development(root: Path, option: str) -> None:
    send = f"def go(options):\n    add.apply_async((1, 2), {option})\n"
    write(root, {**WHOLE, "shop/views.py": f"from shop.tasks import add\n\n\n{send}"})
    moves = {task["name"]: task["moves"] for task in bridge(root)["tasks"]}
    assert moves == {"shop.tasks.add": False, "shop.mail": True}


# -- the project's own tests

MOCKED = {
    **PACKAGE,
    "shop/views.py": """\
from shop.tasks import add, mail


def go(queue):
    add.delay(1, 2)
    mail.apply_async(("you",), countdown=3, queue=queue)
""",
    "tests/__init__.py": "",
    "tests/test_views.py": """\
from unittest.mock import create_autospec, patch

from shop import views


@patch("shop.tasks.mail.apply_async")
@patch("shop.tasks.add.delay")
def test_methods(add, mail):
    views.go("q")
    add.assert_called_once_with(1, 2)
    mail.assert_called_once_with(("you",), countdown=3, queue="q")
    assert mail.call_args.args[0] == ("you",)


@patch("shop.views.mail")
@patch("shop.views.add")
def test_tasks(add, mail):
    views.go("q")
    add.delay.assert_called_once_with(1, 2)
    mail.apply_async.assert_called_once_with(("you",), countdown=3, queue="q")


@patch("shop.views.mail", new=create_autospec(views.mail))
@patch("shop.views.add", new=create_autospec(views.add))
def test_stand_ins():
    views.go("q")
    assert views.add.delay.called
    assert views.mail.apply_async.called
""",
}


def passing(root: Path, **env: str) -> int:
    """Run the project's tests, and return how many pass."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "tests"],
        cwd=root, env={**os.environ, "PYTEST_ADDOPTS": "", **env},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return int(done.stdout.split()[-4])


def test_mocks_follow_the_code(root: Path) -> None:
    """Whether the bridge is on or off: what they are told is what the code sends from now on."""
    write(root, MOCKED)
    assert passing(root) == 3
    findings = bridge(root)["findings"]
    text = (root / "tests/test_views.py").read_text()
    assert 'with(args=("you",), delay=3000, celery=dict(queue="q"))' in " ".join(text.split())
    assert passing(root) == passing(root, DRAMATIQ_BRIDGE="1") == 3
    places = {one["path"] for one in findings if one["code"] in ("C2D940", "C2D941")}
    assert places == {"shop/views.py"}  # where it is sent


# -- with Django


@pytest.fixture
def shop(root: Path) -> Path:
    tasks = DJANGO["shop/tasks.py"].replace("    pass", "    return 1")
    schedule = 'BEAT_SCHEDULE = {"a": {"task": "shop.tasks.add", "schedule": 9}}\n'
    common = DJANGO["settings/common.py"] + schedule
    views = "from shop.tasks import add\n\nadd.delay()\n"
    more = {"shop/tasks.py": tasks, "settings/common.py": common, "shop/views.py": views}
    return write(root, {**DJANGO, **more})


def test_only_developments_settings_change(shop: Path) -> None:
    before = tree(shop)
    report = bridge(shop)
    after = tree(shop)
    changed = {path for path in before if before[path] != after[path]}
    assert changed == {
        "shop/tasks.py", "shop/views.py", "settings/dev.py", "requirements/dev.txt",
    }  # fmt: skip
    block = "# celery2dramatiq: development only"
    assert after["settings/dev.py"].decode() == DJANGO["settings/dev.py"] + (
        f"\n{block}, begin\nDRAMATIQ_BRIDGE = True\n{block}, end\n"
    )
    assert report["environments"][0]["settings"] == "settings.dev"
    assert report["worker"] == {
        "command": "dramatiq shop.dramatiq_bridge:broker shop.celery shop.tasks --threads 1",
        "env": {"DJANGO_SETTINGS_MODULE": "settings.dev"},
    }
    assert call(*REMOVE, "--root", shop).exit_code == 0
    assert tree(shop) == before


def test_settings_that_use_a_task(shop: Path) -> None:
    text = (shop / "settings/prod.py").read_text()
    send = "\n\ndef later():\n    from shop.tasks import add\n\n    add.delay()\n"
    (shop / "settings/prod.py").write_text(text + send)
    said = refused(shop)
    assert "settings/prod.py uses a task" in said or "before Django's settings may be read" in said


def test_a_task_beside_the_app(shop: Path) -> None:
    path = shop / "shop/celery.py"
    path.write_text(path.read_text() + "\n\n@app.task\ndef debug():\n    pass\n")
    tasks = {task["name"]: task["held_by"] for task in bridge(shop)["tasks"]}
    assert tasks["shop.tasks.add"] == []
    assert "before Django's settings may be read" in tasks["shop.celery.debug"][0]["note"]


# -- the way on, and what a scan says


@pytest.mark.parametrize("words", [(), ("--keep-source",)])
@pytest.mark.parametrize("files", [WHOLE, HALF])
def test_a_plain_apply_finishes(
    root: Path, tmp_path: Path, files: dict[str, str], words: tuple[str, ...]
) -> None:
    alone = write(tmp_path / "alone", files)
    assert call("apply", "--allow-no-vcs", "--root", alone).exit_code == 0
    write(root, files)
    bridge(root, *words)
    answer = call("apply", "--allow-no-vcs", "--root", root, "--format", "json")
    assert answer.exit_code == 0, answer.output
    assert tree(root) == tree(alone)
    assert sorted(path.name for path in root.rglob("*") if path.is_dir()) == ["shop"]
    assert json.loads(answer.stdout)["totals"]["skipped"] == 0


def test_a_plain_patch_finishes(root: Path) -> None:
    commit(write(root, WHOLE))
    bridge(root)
    commit(root)
    patch = call("apply", "--root", root, "--diff").stdout
    assert "deleted file mode" in patch
    git(root, "apply", stdin=patch.encode())
    assert call("apply", "--allow-dirty", "--root", root, "--check").exit_code == 0
    assert not (root / "shop/dramatiq_bridge.py").exists()


def test_a_scan_is_of_the_project_without_it(root: Path) -> None:
    write(root, WHOLE)
    before = json.loads(call("scan", "--root", root, "--format", "json").stdout)
    bridge(root)
    answer = call("scan", "--root", root, "--format", "json")
    assert "behind a bridge; what is reported is without that" in answer.stderr
    after = json.loads(answer.stdout)
    assert after["tasks"] == before["tasks"]
    assert after["findings"] == before["findings"]


def test_a_scan_compares_both_forms(root: Path) -> None:
    before = tree(write(root, WHOLE))
    text = call("scan", "--dev-only", "--root", root).stdout
    assert text.splitlines()[0] == "apply --dev-only:"
    assert text.splitlines()[1] == "  2 files edited, +4 -3 lines"
    assert "  2 tasks run on Dramatiq in development\n" in text
    assert "apply --dev-only --keep-source:\n  1 files edited, +7 -0 lines\n" in text
    assert "The first fits" in text
    assert tree(root) == before


def test_a_scan_says_which_settings_are_developments(shop: Path) -> None:
    text = call("scan", "--dev-only", "--root", shop).stdout
    assert text.count("  docker/dev/docker.env:2 names settings.dev\n") == 2


def test_a_scan_says_that_another_worker_and_the_schedule_are_left(root: Path) -> None:
    entry = "{'a': {'task': 'shop.tasks.add', 'schedule': 60, 'args': (1, 2)}}"
    write(root, {**HALF, "shop/app.py": f"{HALF['shop/app.py']}app.conf.beat_schedule = {entry}\n"})
    answer = call(*BRIDGE, "--root", root)
    assert answer.exit_code == 0, answer.output
    assert "the schedule is not run on Dramatiq: in development nothing sends" in answer.output
    assert "start `DRAMATIQ_BRIDGE=1 celery" in answer.output


def test_a_scan_names_what_stays(root: Path) -> None:
    text = call("scan", "--dev-only", "--root", write(root, HALF)).stdout
    assert "stays on Celery in development: shop.mail (C2D901 " in text
    assert "The first leaves 1 on Celery" in text


def test_a_scan_says_which_is_refused(root: Path) -> None:
    text = call("scan", "--dev-only", "--root", write(root, NONE)).stdout
    assert "apply --dev-only:\n  refused: no task can run on both systems" in text
    assert "The first does not fit" in text


def test_a_scan_compares_in_text_alone(root: Path) -> None:
    answer = call("scan", "--dev-only", "--root", write(root, WHOLE), "--format", "json")
    assert (answer.exit_code, "reports as text" in answer.stderr) == (2, True)
