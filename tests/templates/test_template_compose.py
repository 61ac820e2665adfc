"""`compose` writes what was asked for, all that it needs, and nothing else."""

from __future__ import annotations

import ast
import difflib
import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from celery2dramatiq.templates import (
    HEADER,
    NameTakenError,
    choices,
    compose,
    dramatiq_helpers,
    provided,
)
from celery2dramatiq.templates import _template as template_of

PARTS = sorted(template_of().parts)
SUBSETS = [
    subset
    for size in (1, 2, len(provided()))
    for subset in itertools.combinations(provided(), size)
]
WITH_PARTS = [
    *(("make_broker", part) for part in PARTS),
    ("make_broker", "_redis_broker", "_redis_results"),
    ("make_broker", "_rabbitmq_broker", "_memcached_results"),
]

IMPORTS = "import math\nfrom datetime import datetime, timezone\n"
FUTURE = "from __future__ import annotations\n"


def defined(text: str) -> list[str]:
    names = []
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names += [each.id for each in targets if isinstance(each, ast.Name)]
    return names


def run(*command: str | Path, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def lint(folder: Path) -> None:
    """No unused import, no unknown name, sorted imports, PEP 8, and black's format."""
    ruff = [sys.executable, "-m", "ruff"]
    options = ["--isolated", "--no-cache", "--target-version=py37"]
    run(*ruff, "check", "--select=E,W,F,I", "--line-length=79", *options, folder)
    for columns in (79, 88, 100):
        run(*ruff, "format", "--check", f"--line-length={columns}", *options, folder)


def test_what_is_provided() -> None:
    assert provided() == (
        "make_broker",
        "CeleryRetries",
        "LateBroker",
        "AppContextMiddleware",
        "TypedJSONEncoder",
        "MaxRetriesExceededError",
        "retry_policy",
        "retry",
        "request",
        "milliseconds",
        "delay_until",
        "max_age",
        "reject",
        "SEND_ERRORS",
        "send_to",
        "send_task",
        "TaskRevokedError",
        "update_state",
        "TaskResult",
        "revoke",
        "ExceptionInfo",
        "TaskClass",
        "task_of",
        "Signal",
        "task_prerun",
        "task_postrun",
        "task_success",
        "task_failure",
        "task_retry",
        "task_revoked",
        "worker_init",
        "worker_process_init",
        "worker_process_shutdown",
        "worker_ready",
        "worker_shutting_down",
        "worker_shutdown",
        "celeryd_init",
        "celeryd_after_setup",
        "setup_logging",
        "after_setup_logger",
        "ChordError",
        "Signature",
        "apply_async",
        "signature",
        "immutable_signature",
        "Chain",
        "Group",
        "Chord",
        "GroupResult",
    )


def test_an_unknown_helper() -> None:
    with pytest.raises(ValueError, match="no such helper: _Request, _kafka_broker, nothing"):
        compose(["retry", "nothing", "_Request", "_kafka_broker"])


def test_one_small_helper() -> None:
    text = compose(["delay_until"])
    assert text.startswith(HEADER + "\nfrom __future__ import annotations\n\nimport math\n")
    assert defined(text) == ["delay_until"]
    assert text.count("import") == 3


def test_what_a_helper_depends_on() -> None:
    assert defined(compose(["send_to"])) == ["send_to"]
    assert defined(compose(["request"])) == ["_current_message", "_Request", "request"]
    assert "MaxRetriesExceededError" in defined(compose(["retry"]))
    needed = ["_JSON_TYPES", "TypedJSONEncoder", "_to_json", "_from_json", "_is_lazy_text"]
    assert defined(compose(["TypedJSONEncoder"])) == needed
    assert "TypedJSONEncoder" in defined(compose(["make_broker"]))
    policy = ["_DECISION", "_RetryPolicy", "retry_policy", "_is_one_of", "_decided"]
    assert defined(compose(["retry_policy"])) == policy
    states = ["_results_of", "_id_only", "_keep_retry", "_is_result_kept"]
    assert defined(compose(["CeleryRetries"])) == ["CeleryRetries", *states]
    assert "CeleryRetries" in defined(compose(["make_broker"]))
    assert not {*policy} & {*defined(compose(["make_broker"]))}
    assert "make_broker" not in defined(compose(["retry", "request", "send_task"]))


def test_everything() -> None:
    tables = ("_MIDDLEWARE", "_LAST_MIDDLEWARE")
    extras = [function for table in tables for function in choices(table).values()]
    text = compose([*provided(), *extras])
    template = Path(dramatiq_helpers.__file__).read_text("utf-8")
    assert defined(text) == defined(template)
    start = "from __future__"
    assert text[text.index(start) :] == template[template.index(start) :]


def test_the_order_is_the_templates() -> None:
    assert compose(provided()[::-1]) == compose(set(provided()))


def test_nothing() -> None:
    assert defined(compose([])) == []


def test_all_subsets_are_clean_and_work(tmp_path: Path) -> None:
    for index, names in enumerate([*SUBSETS, *WITH_PARTS]):
        (tmp_path / f"helpers_{index}.py").write_text(compose(names), "utf-8")
    lint(tmp_path)
    lines = [
        f"from helpers_{index} import {', '.join(names)}"
        for index, names in enumerate([*SUBSETS, *WITH_PARTS])
    ]
    run(sys.executable, "-W", "error", "-c", "\n".join(lines), cwd=tmp_path)


def test_only_the_brokers_that_are_wanted() -> None:
    """A project whose URL stands in its source needs one of them."""
    text = compose(["make_broker", "_redis_broker"])
    assert not {"_sqs_broker", "_SQSBroker", "_amqp_url", "_redis_results"} & {*defined(text)}
    assert '    "redis": _redis_broker,\n' in text
    assert "_RESULT_BACKENDS: dict[str, Callable[..., Any]] = {}\n" in text
    assert "import ssl" not in text
    assert len(text.splitlines()) < len(compose(["make_broker"]).splitlines()) / 1.7


def test_what_such_a_module_says_of_another_broker(tmp_path: Path) -> None:
    module = tmp_path / "helpers.py"
    module.write_text(compose(["make_broker", "_memory_broker", "_memory_results"]), "utf-8")
    check = """
from helpers import make_broker
make_broker("memory://", "cache+memory://")
for url, results in [("sqs://KEY@", None), ("memory://", "redis://:KEY@h")]:
    try:
        make_broker(url, results)
    except ValueError as error:
        assert "only for those that begin with" in str(error) and "memory://" in str(error)
        assert "KEY" not in str(error)
    else:
        raise AssertionError
"""
    run(sys.executable, "-c", check, cwd=tmp_path)


@pytest.mark.parametrize("names", [*SUBSETS, *WITH_PARTS], ids="+".join)
def test_a_second_time_changes_nothing(names: tuple[str, ...]) -> None:
    text = compose(names)
    assert compose(names, text) is text


def added(before: str, after: str) -> str:
    """The lines that are new; no line may be missing."""
    lines = difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True))
    difference = [each for each in lines if not each.startswith("?")]
    assert not [each for each in difference if each.startswith("- ")], difference
    return "".join(each[2:] for each in difference if each.startswith("+ "))


EDITED = '''\
#!/usr/bin/env python
"""Ours now."""
from __future__ import annotations
import math, os
from datetime import datetime, timezone

from dramatiq.middleware import AgeLimit
ANSWER = 42\x0c


def delay_until(when):  # we know better
    return 7


def another_one():
    import dramatiq
    return dramatiq
'''


def test_an_edited_file_is_only_added_to(tmp_path: Path) -> None:
    text = compose(["delay_until", "retry", "send_task"], EDITED)
    new = added(EDITED, text)
    assert "def delay_until" not in new
    assert new.startswith("import random\nimport sys\nfrom typing import Any, NoReturn\n")
    assert "from dramatiq.middleware import CurrentMessage, TimeLimitExceeded\n" in new
    assert "import math" not in new
    assert text.index("import random") == text.index("ANSWER") - len(new[: new.index("\n\n\n")]) - 1
    assert compose(["delay_until", "retry", "send_task"], text) == text
    (tmp_path / "helpers.py").write_text(text, "utf-8")
    check = "import helpers; assert helpers.delay_until(1) == 7; helpers.retry, helpers.send_task"
    run(sys.executable, "-c", check, cwd=tmp_path)
    run(sys.executable, "-m", "ruff", "check", "--isolated", "--select=F821", tmp_path)


def test_one_after_the_other(tmp_path: Path) -> None:
    text = compose([])
    for name in provided()[::-1]:
        before, text = text, compose([name], text)
        added(before, text)
    assert sorted(defined(text)) == sorted(defined(compose(provided())))
    (tmp_path / "helpers.py").write_text(text, "utf-8")
    run(sys.executable, "-c", f"from helpers import {', '.join(provided())}", cwd=tmp_path)
    unclean = "--select=F,E3,W"
    run(sys.executable, "-m", "ruff", "check", "--isolated", unclean, tmp_path)


def test_a_definition_that_moved_counts() -> None:
    text = "from __future__ import annotations\n\nfrom .elsewhere import retry\n"
    assert compose(["retry"], text) == text
    conditional = "try:\n    from x import send_to\nexcept ImportError:\n    send_to = None\n"
    assert compose(["send_to"], conditional) == conditional
    assert compose(["request"], "request: object = 1\n") == "request: object = 1\n"
    (text,) = ["class retry_policy:\n    pass\n"]
    assert compose(["retry_policy"], text) == text


def test_an_import_from_elsewhere_counts() -> None:
    text = f"{FUTURE}import math\nfrom freezegun import datetime, timezone\n"
    assert added(text, compose(["delay_until"], text)).lstrip().startswith("def delay_until")


@pytest.mark.parametrize(
    "line",
    ["import datetime", "datetime = None", "from x import date as datetime", "def datetime(): 1"],
)
def test_a_name_that_is_taken(line: str) -> None:
    with pytest.raises(NameTakenError, match="the name 'datetime'"):
        compose(["delay_until"], f"from __future__ import annotations\n{line}\n")


def test_another_name_for_it_is_not_enough() -> None:
    text = "from __future__ import annotations\nimport math as m\nimport datetime as dt, xml.dom\n"
    new = added(text, compose(["delay_until"], text))
    assert new.startswith("import math\nfrom datetime import datetime, timezone\n\n\ndef")


def test_a_file_that_is_not_python() -> None:
    with pytest.raises(SyntaxError):
        compose(["retry"], "def retry(:\n")


@pytest.mark.parametrize("text", ["", "\n", " \n\n"])
def test_an_empty_file(text: str) -> None:
    assert compose(["retry"], text) == compose(["retry"])


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ('"""Doc."""\n', f'"""Doc."""\n\n{FUTURE}\n{IMPORTS}\n\ndef'),
        ('"""Doc."""', f'"""Doc."""\n\n{FUTURE}\n{IMPORTS}\n\ndef'),
        ("# only this\n", f"# only this\n{FUTURE}{IMPORTS}\n\ndef"),
        ("# only this", f"# only this\n{FUTURE}{IMPORTS}\n\ndef"),
        ("# this\nX = 1\n", f"# this\n{FUTURE}\n{IMPORTS}\nX = 1\n\n\ndef"),
        ("@print\ndef f(): 1\n", f"{FUTURE}\n{IMPORTS}\n@print\ndef f(): 1\n\n\ndef"),
        ("import os\n", f"{FUTURE}\nimport os\n{IMPORTS}\n\ndef"),
        ("import os", f"{FUTURE}\nimport os\n{IMPORTS}\n\ndef"),
        (
            f'"""Doc."""\nfrom __future__ import division\nimport os\n{IMPORTS}',
            f'"""Doc."""\nfrom __future__ import division\n{FUTURE}import os\n{IMPORTS}\n\ndef',
        ),
        (
            f"{FUTURE}import os; X = 1\ndef f(): 1\nimport late\n\n\n\n\n",
            f"{FUTURE}import os; X = 1\n{IMPORTS}def f(): 1\nimport late\n\n\n\n\ndef",
        ),
        (f"{FUTURE}import os\nX = 1\n  \n", f"{FUTURE}import os\n{IMPORTS}X = 1\n  \n\ndef"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_where_it_is_added(text: str, start: str, newline: str, mark: str) -> None:
    text, start = (mark + each.replace("\n", newline) for each in (text, start))
    if newline == "\r\n" and newline not in text:  # else nothing says how its lines end
        text += newline
    composed = compose(["delay_until"], text)
    assert composed.startswith(start + " delay_until")
    assert composed.count("\n") == composed.count(newline)
    compile(composed.lstrip("\ufeff"), "composed", "exec")


def interpreters() -> list[Path]:
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = [*root.glob("versions/3.*/bin/python"), Path(sys.executable)]
    return [path for path in found if not path.match("versions/3.[0-6].*/bin/python")]


@pytest.mark.parametrize("python", interpreters(), ids=lambda path: path.parents[1].name)
def test_every_python_from_3_7_on_can_read_it(python: Path, tmp_path: Path) -> None:
    module = tmp_path / "helpers.py"
    module.write_text(compose(provided()), "utf-8")
    run(python, "-m", "py_compile", module)
