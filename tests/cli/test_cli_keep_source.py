"""`apply --dev-only --keep-source`: what changes, what does not, and the way back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from celery2dramatiq.development import keep_source, taking_out
from tests.cli.sample import APP, WHOLE, call, commit, git, write

CARRY = ("apply", "--dev-only", "--keep-source", "--allow-no-vcs")
REMOVE = ("apply", "--dev-only", "--remove", "--allow-no-vcs", "--allow-dirty")
SWITCH = """
# celery2dramatiq: development only, begin
if __import__("os").environ.get("DRAMATIQ_CARRIES_CELERY") == "1":
    from shop.celery_over_dramatiq.carrier import install

    install(app)
# celery2dramatiq: development only, end
"""
SETTINGS = """
# celery2dramatiq: development only, begin
DRAMATIQ_CARRIES_CELERY = True
INSTALLED_APPS = [
    "shop.celery_over_dramatiq.apps.CarrierConfig",
    *INSTALLED_APPS,  # noqa: F405
]
# celery2dramatiq: development only, end
"""
DJANGO = {
    "manage.py": (
        "import os\nfrom django.core.management import execute_from_command_line\n"
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.common")\n'
        "execute_from_command_line()\n"
    ),
    "shop/__init__.py": "",
    "shop/celery.py": (
        "import os\n\nfrom celery import Celery\n\n"
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.common")\n\n'
        'app = Celery("shop")\napp.config_from_object("django.conf:settings", namespace="CELERY")\n'
        "app.autodiscover_tasks()\n"
    ),
    "shop/tasks.py": "from shop.celery import app\n\n\n@app.task\ndef add():\n    pass\n",
    "settings/__init__.py": "",
    "settings/common.py": 'INSTALLED_APPS = ["shop"]\nCELERY_BROKER_URL = "redis://localhost/0"\n',
    "settings/dev.py": "from .common import *\n\nDEBUG = True\n",
    "settings/prod.py": "from .common import *\n\nDEBUG = False\n",
    "settings/staging.py": "from .prod import *\n",
    "docker/dev/docker.env": "A=1\nDJANGO_SETTINGS_MODULE=settings.dev\n",
    "docker/prod/docker.env": "DJANGO_SETTINGS_MODULE=settings.prod\n",
    "requirements/common.txt": "celery[redis]==5.4.0\ndjango==4.2\n",
    "requirements/dev.txt": "-r common.txt\npytest==8.0",
    "requirements/prod.txt": "-r common.txt\nuwsgi==2.0\n",
}

BY_MANAGE = {"manage.py": DJANGO["manage.py"].replace("common", "dev")}


def tree(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def carry(root: Path, *words: str) -> dict[str, Any]:
    answer = call(*CARRY, "--root", root, "--format", "json", *words)
    assert answer.exit_code == 0, answer.stderr
    report = json.loads(answer.stdout)
    assert isinstance(report, dict)
    return report


def refused(root: Path, *words: str) -> str:
    before = tree(root)
    answer: Result = call(*CARRY, "--root", root, *words)
    assert answer.exit_code == 4, answer.output
    assert tree(root) == before
    return answer.stderr


# -- without Django


def test_one_block_behind_the_app(root: Path) -> None:
    before = tree(write(root, WHOLE))
    report = carry(root)
    after = tree(root)
    assert after["shop/app.py"].decode() == APP + SWITCH
    new = {path for path in after if path not in before}
    folder = "shop/celery_over_dramatiq"
    names = ("__init__", "carrier", "dramatiq_helpers", "worker")
    assert new == {f"{folder}/{name}.py" for name in names} == set(report["created"])
    assert {path: after[path] for path in before if path != "shop/app.py"} == {
        path: data for path, data in before.items() if path != "shop/app.py"
    }
    assert report["edits"] == [{"path": "shop/app.py", "added": 7, "removed": 0}]
    assert report["worker"] == {
        "command": "dramatiq shop.celery_over_dramatiq.worker --threads 1",
        "env": {"DRAMATIQ_CARRIES_CELERY": "1"},
    }
    assert report["written"] is True
    for path in new:
        compile(after[path], path, "exec")


def test_a_second_time_and_back(root: Path) -> None:
    before = tree(write(root, WHOLE))
    carry(root)
    after = tree(root)
    assert carry(root)["edits"] == []
    assert tree(root) == after
    answer = call(*REMOVE, "--root", root)
    assert answer.exit_code == 0
    assert "shop/celery_over_dramatiq/carrier.py  +0" in answer.output
    assert tree(root) == before
    assert not (root / "shop/celery_over_dramatiq").exists()
    assert "Nothing to do." in call(*REMOVE, "--root", root).output


def test_what_else_lies_in_the_package_stays(root: Path) -> None:
    write(root, WHOLE)
    carry(root)
    write(root, {"shop/celery_over_dramatiq/own.py": "x = 1\n"})
    call(*REMOVE, "--root", root)
    assert (root / "shop/celery_over_dramatiq/own.py").exists()


@pytest.mark.parametrize(
    "text",
    [
        'import os\r\nfrom celery import Celery\r\n\r\napp = Celery("a")\r\n\r\nx = 1\r\n',
        'from celery import Celery\napp = Celery("a")',
        'from celery import Celery\nimport os as o\n\n\nif True:\n    app = Celery("a")\n    y = 1',
        "\ufefffrom celery import Celery\n\napp = Celery(\n    'a',\n)  # the app\n",
    ],
)
def test_line_ends_and_indents_are_kept(root: Path, text: str) -> None:
    before = tree(write(root, {"tasks.py": text}))
    carry(root)
    after = (root / "tasks.py").read_bytes()
    compile(after, "tasks.py", "exec")
    assert ("\r\n" in text) == (b"\r\n" in after)
    assert after.count(b"\n") - after.count(b"\r\n") == 0 or "\r\n" not in text
    assert (b"__import__" in after) == ("import os\r" not in text)
    call(*REMOVE, "--root", root)
    assert tree(root) == before


def test_a_patch_and_a_check_write_nothing(root: Path, tmp_path: Path) -> None:
    before = tree(commit(write(root, WHOLE)))
    answer = call(*CARRY, "--root", root, "--diff")
    assert call(*CARRY, "--root", root, "--check").exit_code == 1
    assert tree(root) == before
    patch = tmp_path / "patch"
    patch.write_text(answer.stdout)
    git(root, "apply", str(patch))
    assert call(*CARRY, "--root", root, "--check", "--allow-dirty").exit_code == 0
    commit(root)
    patch.write_text(call(*REMOVE, "--root", root, "--diff").stdout)
    git(root, "apply", str(patch))
    assert tree(root) == before


def test_a_scan_says_that_it_is_there(root: Path) -> None:
    write(root, WHOLE)
    carry(root)
    assert "apply --dev-only --remove" in call("scan", "--root", root).stderr
    call(*REMOVE, "--root", root)
    assert call("scan", "--root", root).stderr == ""
    assert call("apply", "--root", root, "--allow-no-vcs", "--allow-dirty").exit_code == 0


def test_the_worker_reads_and_does_as_much_as_celerys(root: Path) -> None:
    write(root, {**WHOLE, "Procfile": "w: celery -A shop.app worker -c 3 -Q mail,slow\n"})
    worker = carry(root)["worker"]
    assert worker["command"].endswith("--threads 1 --processes 3")
    assert worker["env"]["DRAMATIQ_CARRIES_QUEUES"] == "mail slow"


def test_one_of_the_workers_reads_the_default_queue(root: Path) -> None:
    text = "w: celery -A shop.app worker -Q mail\nx: celery -A shop.app worker\n"
    write(root, {**WHOLE, "Procfile": text})
    assert carry(root)["worker"]["env"]["DRAMATIQ_CARRIES_QUEUES"] == "* mail"


def test_a_worker_that_says_nothing_of_that(root: Path) -> None:
    text = "w: celery -A shop.app worker -c 3\nx: celery -A shop.app worker -c $N -Q $Q\n"
    write(root, {**WHOLE, "Procfile": text + "y: celery -A shop.app worker\n"})
    assert carry(root)["worker"]["command"].endswith("--processes 3")


def test_our_own_mistakes_write_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tree(write(root, WHOLE))
    with monkeypatch.context() as patch:
        patch.setattr(taking_out, "invalid_python", lambda data: "no Python")
        answer = call(*CARRY, "--root", root)
        assert (answer.exit_code, "no valid Python" in answer.stderr) == (70, True)
    monkeypatch.setattr(keep_source, "with_block", lambda text, *_: text + "x = 1\n")
    answer = call(*CARRY, "--root", root)
    assert (answer.exit_code, "could not be taken out" in answer.stderr) == (70, True)
    assert tree(root) == before


def test_beat_sends_as_the_project_does(root: Path) -> None:
    schedule = 'app.conf.beat_schedule = {"a": {"task": "shop.mail", "schedule": 60}}\n'
    write(root, {**WHOLE, "shop/app.py": APP + schedule})
    env = {"DRAMATIQ_CARRIES_CELERY": "1"}
    assert carry(root)["scheduler"] == {"command": "celery -A shop.app beat", "env": env}
    answer = call(*CARRY, "--root", write(root, WHOLE), "--check")
    assert "Scheduler" not in answer.output
    call(*REMOVE, "--root", root)
    write(root, {**WHOLE, "shop/app.py": APP + schedule})
    answer = call(*CARRY, "--root", root, "--check")
    assert "Scheduler: DRAMATIQ_CARRIES_CELERY=1 celery -A shop.app beat" in answer.output


def test_below_another_folder(root: Path) -> None:
    write(root, {f"src/{path}": text for path, text in WHOLE.items()})
    assert carry(root)["worker"]["command"].endswith("--path . src")


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"a.py": "x = 1\n"}, "no Celery app"),
        ({"a.py": APP, "b.py": APP}, "several Celery apps: a.py, b.py"),
        ({"a.py": "from celery import Celery\ndef f():\n    app = Celery()\n"}, "in a function"),
        ({"a.py": "from celery import Celery\nx = 1; app = Celery()\n"}, "something stands before"),
        ({"a.py": APP.replace("redis", "kafka")}, "no broker for kafka://"),
        ({"a.py": APP, "celery_over_dramatiq/worker.py": "x = 1\n"}, "worker.py is there already"),
    ],
)
def test_refused(root: Path, files: dict[str, str], says: str) -> None:
    assert says in refused(write(root, files))


# -- with Django


def test_only_developments_files_change(root: Path) -> None:
    before = tree(write(root, DJANGO))
    report = carry(root)
    after = tree(root)
    assert after["settings/dev.py"].decode() == DJANGO["settings/dev.py"] + SETTINGS
    assert (
        after["requirements/dev.txt"].decode()
        == (
            "-r common.txt\n"
            "dramatiq[redis]==2.2.1  # celery2dramatiq: development only\n"
            "pytest==8.0"
        )
        or "dramatiq[redis]==2.2.1  # celery2dramatiq" in after["requirements/dev.txt"].decode()
    )
    edited = {"settings/dev.py", "requirements/dev.txt"}
    assert {path for path in before if before[path] != after[path]} == edited
    assert report["worker"]["env"] == {"DJANGO_SETTINGS_MODULE": "settings.dev"}
    assert report["environments"] == [
        {"settings": "settings.dev", "evidence": [{"path": "docker/dev/docker.env", "line": 2}]}
    ]
    assert report["dependencies"][0]["requirement"].startswith("dramatiq[redis]")
    assert carry(root)["edits"] == []
    call(*REMOVE, "--root", root)
    assert tree(root) == before


def test_the_report_names_the_evidence(root: Path) -> None:
    answer = call(*CARRY, "--root", write(root, DJANGO), "--check")
    assert "Development's settings: settings.dev" in answer.output
    assert "docker/dev/docker.env:2 names settings.dev" in answer.output
    assert "Nothing was written." in answer.output
    assert call(*CARRY, "--root", root, "-q").output == ""


def test_settings_by_name_of_the_file_that_names_them(root: Path) -> None:
    files = {path.replace("settings/dev", "settings/mine"): text for path, text in DJANGO.items()}
    files["docker/dev/docker.env"] = "DJANGO_SETTINGS_MODULE=settings.mine\n"
    assert carry(write(root, files))["environments"][0]["settings"] == "settings.mine"


def test_settings_that_are_given(root: Path) -> None:
    write(root, DJANGO | {"settings/mine.py": "from .common import *\n"})
    report = carry(root, "--dev-settings", "settings.mine")
    assert [one["settings"] for one in report["environments"]] == ["settings.mine"]
    call(*REMOVE, "--root", root)
    text = '[tool.celery2dramatiq]\ndev-settings = ["settings.dev", "settings.mine"]\n'
    write(root, {"pyproject.toml": text})
    report = carry(root)
    assert [one["settings"] for one in report["environments"]] == ["settings.dev", "settings.mine"]


@pytest.mark.parametrize(
    ("more", "words", "says"),
    [
        ({}, ["--dev-settings", "settings.devs"], "did you mean settings.dev?"),
        ({}, ["--dev-settings", "qqq"], "there are settings.common"),
        ({"settings/staging.py": "from .dev import *\n", **BY_MANAGE}, [],
         "settings/staging.py imports"),
        ({"settings/dev.py": "DEBUG = True\n", **BY_MANAGE}, [], "has no INSTALLED_APPS"),
        ({"docker/prod/docker.env": "DJANGO_SETTINGS_MODULE=settings.dev\n"}, [],
         "docker/prod/docker.env:1 names settings.dev"),
        ({"settings/dev.py": "DEBUG = True\n"}, ["--dev-settings", "settings.dev"],
         "there is no such settings module"),
    ],
)  # fmt: skip
def test_settings_that_are_not_developments(
    root: Path, more: dict[str, str], words: list[str], says: str
) -> None:
    assert says in refused(write(root, DJANGO | more), *words)


def test_no_settings_of_development(root: Path) -> None:
    files = {path: text for path, text in DJANGO.items() if "dev" not in path}
    assert "no settings module is known to be development's alone" in refused(write(root, files))


# -- requirements


@pytest.mark.parametrize(
    ("files", "added"),
    [
        ({"requirements-dev.txt": "celery[sqs]\n"}, ["dramatiq", "dramatiq-sqs"]),
        ({"requirements-dev.txt": "celery\n"}, ["dramatiq[rabbitmq]"]),
        ({"requirements-dev.txt": "dramatiq\n"}, []),
        ({"requirements-dev.txt": "# nothing yet\n"}, []),
        ({"requirements.txt": "celery\n"}, []),
        ({"requirements-dev.txt": "a; pytest\n"}, []),
    ],
)
def test_requirements(root: Path, files: dict[str, str], added: list[str]) -> None:
    app = {"a.py": 'import os\nfrom celery import Celery\napp = Celery(broker=os.environ["URL"])\n'}
    before = tree(write(root, app | files))
    report = carry(root)
    text = "".join((root / path).read_text() for path in files)
    for name in added:
        assert f"{name}" in text
    assert text.count("# celery2dramatiq: development only") == len(added)
    by_hand = any(one.startswith("install ") for one in report["by_hand"])
    assert by_hand == (not added and "dramatiq" not in "".join(files.values()))
    call(*REMOVE, "--root", root)
    assert tree(root) == before


# -- options


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--keep-source"], "--keep-source needs --dev-only"),
        (["--remove"], "--remove needs --dev-only"),
        (["--dev-settings", "a.b"], "--dev-settings needs --dev-only"),
        (["--dev-only", "--keep-source", "--remove"], "--remove takes out what is there"),
        (["--dev-only", "--keep-source", "shop"], "for the whole project"),
        (["--dev-only", "--keep-source", "--save"], "--save does not go with --dev-only"),
        (["--dev-only", "--scheduler", "apscheduler"], "leaves the schedule to Celery's beat"),
    ],
)
def test_options_that_do_not_fit(
    root: Path, words: list[str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write(root, WHOLE))
    answer = call("apply", "--root", root, *words)
    assert answer.exit_code == 2
    assert says in answer.stderr


def test_a_wrong_configuration(root: Path) -> None:
    write(root, {**WHOLE, "pyproject.toml": "[tool.celery2dramatiq]\ndev-settings = 3\n"})
    answer = call(*CARRY, "--root", root)
    assert answer.exit_code == 2
    assert "dev-settings must be a list of texts" in answer.stderr
