"""For and against: only what holds for the project is said, and each sentence can be missing."""

from pathlib import Path

import pytest

from tests.cli.sample import APP, HALF, NONE, PACKAGE, WHOLE, Files, call, write

TITLE = "For and against"
TWICE = "a countdown or eta beyond the visibility timeout"
LOST = "a message whose worker dies is not lost"
BOTH = "two systems with workers of their own, as long as 1 task stays on Celery"
REDIS = "resolved in Celery 5.5"
LEAK = "fixed in Celery 5.6"
ETA = "worker_eta_task_limit"
LATER = {"shop/later.py": "from shop.tasks import add\n\nadd.apply_async((1, 2), countdown=9)\n"}
RABBIT = {"shop/app.py": APP.replace("redis://localhost:6379/0", "amqp://localhost")}
LATE = {"shop/app.py": f"{APP}app.conf.task_acks_late = True\n"}


def pinned(requirement: str) -> Files:
    return {**WHOLE, "requirements.txt": f"{requirement}\n"}


@pytest.mark.parametrize(
    ("files", "said", "unsaid"),
    [
        (WHOLE, [LOST], [TWICE, BOTH, REDIS, LEAK]),
        ({**WHOLE, **LATE}, [], [LOST]),
        ({**WHOLE, **LATER}, [LOST, TWICE], [ETA]),
        ({**WHOLE, **LATER, **RABBIT}, [LOST], [TWICE]),
        (HALF, [BOTH], []),
        (NONE, [], [LOST, BOTH]),
        (pinned("celery==5.4.0"), [REDIS, LEAK], [ETA]),
        ({**pinned("celery==5.4.0"), **RABBIT}, [LEAK], [REDIS]),
        ({**pinned("celery<5.5"), **LATER}, [REDIS, LEAK, ETA], []),
        (pinned("celery==5.5.3"), [LEAK], [REDIS]),
        (pinned("celery==5.6.*"), [], [REDIS, LEAK]),
        (pinned("celery>=5.4"), [], [REDIS, LEAK]),
        (pinned("celery\nflower"), ["flower knows nothing of tasks that have moved"], []),
        (
            {**WHOLE, "Pipfile": '[packages]\ncelery = "~5.x"\n'},
            [LOST],
            [REDIS, LEAK],
        ),
        ({**PACKAGE, "tests/app.py": APP.replace("redis", "amqp")}, [LOST], []),
    ],
)
def test_only_what_holds_is_said(
    files: Files, said: list[str], unsaid: list[str], tmp_path: Path
) -> None:
    text = call("scan", "--root", write(tmp_path, files), "--show").stdout
    part = text.partition(TITLE)[2].partition("\n\n")[0]
    assert [one for one in said if one not in part] == []
    assert [one for one in unsaid if one in part] == []
