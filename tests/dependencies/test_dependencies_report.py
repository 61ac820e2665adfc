"""What the reports say about requirements."""

import json
from pathlib import Path

from celery2dramatiq.plan.needs import DRAMATIQ
from celery2dramatiq.report.accounting import requirements
from tests.dependencies.lists import APP, REDIS, TESTS, plan_for, sources
from tests.projects import command


def said(files: dict[str, str]) -> list[str]:
    section = requirements(plan_for(sources(files), (DRAMATIQ, REDIS, TESTS)))
    return [section.title.text, *(line.text for item in section.items for line in item)]


def test_text() -> None:
    assert said({".python-version": "3.12\n"}) == [
        "What the project requires from now on, on Python 3.12, as .python-version says",
        "  dramatiq[redis]>=2.2,<3: the tasks are its actors; the broker is Redis",
        "  dramatiq-eager-broker>=0.3.0,<0.4 (for the tests): the tests run tasks at once",
    ]
    assert said({".python-version": "3.8\n"})[1:] == [
        "  dramatiq[redis]>=1.17,<2: the tasks are its actors; the broker is Redis",
        "  dramatiq-eager-broker (for the tests): the tests run tasks at once",
    ]
    assert said({})[0].endswith(", on Python 3.10 or newer")


def test_json(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(APP)
    (tmp_path / "requirements.txt").write_text("celery==5.3.6\r\nzope==1")
    (tmp_path / "runtime.txt").write_text("python-3.9.2\n")
    done = command(tmp_path, "apply", "--allow-no-vcs", "--format", "json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["dependencies"] == [
        {
            "package": "dramatiq",
            "extras": ["redis"],
            "requirement": "dramatiq[redis]>=1.18,<2",
            "version": "1.18.0",
            "group": "runtime",
            "reason": "the tasks are its actors; the broker is Redis",
            "python": "3.9",
        }
    ]
    assert (tmp_path / "requirements.txt").read_bytes() == b"dramatiq[redis]==1.18.0\r\nzope==1"
    files = {file["path"]: file["status"] for file in report["files"]}
    assert files == {
        "requirements.txt": "changed",
        "runtime.txt": "unchanged",
        "shop.py": "changed",
    }
    assert {"path": "requirements.txt", "added": 1, "removed": 1} in report["edits"]


def test_files_that_could_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(APP)
    (tmp_path / "requirements.txt").write_bytes(b"# caf\xe9\ncelery\n")
    (tmp_path / "setup.cfg").write_bytes(b"# caf\xe9\n")
    (tmp_path / "constraints.txt").write_bytes(b"celery\0\n")  # no text at all
    (tmp_path / "pyproject.toml").write_text("[project]\ndependencies = [\n'celery'\n")
    done = command(tmp_path, "scan", "--format", "json")
    assert done.returncode == 3, done.stderr
    skipped = {f["path"]: f for f in json.loads(done.stdout)["files"] if f["status"] == "skipped"}
    assert skipped["requirements.txt"]["reason"] == "not valid utf-8: byte 0xe9"
    assert skipped["requirements.txt"]["line"] == 1
    assert skipped["pyproject.toml"]["reason"].startswith("not valid TOML: ")
    assert skipped.keys() == {"requirements.txt", "pyproject.toml"}
    assert all(file["celery"] for file in skipped.values())
