"""The scheduler that is written into a project: what it sends, when, and what it remembers."""

from __future__ import annotations

import json
import logging
import runpy
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from apscheduler.events import EVENT_JOB_SUBMITTED, JobSubmissionEvent
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.interval import IntervalTrigger
from tzlocal import reload_localzone

from celery2dramatiq.templates import scheduler as template
from celery2dramatiq.templates.scheduling import Job, scheduler

HOUR = 3600


def seen(made: Any, name: str = "a") -> datetime:
    return made.get_job(name).next_run_time  # type: ignore[no-any-return]


def made(seconds: int = HOUR) -> BlockingScheduler:
    found = template.make_scheduler()
    found.add_job(print, IntervalTrigger(seconds=seconds, timezone="UTC"), id="a")
    return found


def test_the_first_run_is_one_interval_away(tmp_path: Path) -> None:
    before = datetime.now(timezone.utc)
    found = made()
    template.remember(found, tmp_path / "runs.json")
    assert timedelta() <= seen(found) - before - timedelta(seconds=HOUR) < timedelta(seconds=5)


def test_an_interval_goes_on_over_a_restart(tmp_path: Path) -> None:
    last = datetime.now(timezone.utc) - timedelta(seconds=600)
    (tmp_path / "runs.json").write_text(json.dumps({"a": last.isoformat(), "gone": "x"}))
    found = made()
    template.remember(found, tmp_path / "runs.json")
    assert seen(found) == last + timedelta(seconds=HOUR)
    assert json.loads((tmp_path / "runs.json").read_text()) == {"a": last.isoformat()}


def test_what_was_missed_is_due_at_once(tmp_path: Path) -> None:
    last = datetime.now(timezone.utc) - timedelta(seconds=5 * HOUR)
    (tmp_path / "runs.json").write_text(json.dumps({"a": last.isoformat()}))
    found = made()
    template.remember(found, tmp_path / "runs.json")
    assert seen(found) < datetime.now(timezone.utc)


def test_each_run_is_noted(tmp_path: Path) -> None:
    found = made()
    template.remember(found, tmp_path / "runs.json")
    first = json.loads((tmp_path / "runs.json").read_text())
    found._dispatch_event(JobSubmissionEvent(EVENT_JOB_SUBMITTED, "a", "default", []))
    assert json.loads((tmp_path / "runs.json").read_text())["a"] > first["a"]


@pytest.mark.parametrize("text", ["{", "3", "[1]"])
def test_a_file_that_is_none_of_its_own(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "runs.json").write_text(text)
    assert template.read(tmp_path / "runs.json") == {}
    assert "cannot read" in caplog.text


def test_a_folder_that_cannot_be_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    template.write(tmp_path / "no" / "runs.json", {})
    assert "cannot write" in caplog.text


def test_main_starts_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["scheduler", "--schedule", "own.json"])
    monkeypatch.setattr(template.scheduler, "start", lambda: started.append("started"))
    handlers: list[Any] = []
    monkeypatch.setattr("signal.signal", lambda _, handler: handlers.append(handler))
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)
    template.main()
    assert started == ["started"]
    assert list(json.loads((tmp_path / "own.json").read_text())) == ["example"]
    with pytest.raises(SystemExit):
        handlers[0]()


# -- the wall clock


def wall(monkeypatch: pytest.MonkeyPatch, zone: str, **fields: str) -> template.WallClock:
    monkeypatch.setattr(template, "ZONE", zone)
    return template.WallClock(**fields)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(timezone.utc)


def test_the_hour_that_is_left_out_runs_an_hour_later(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = wall(monkeypatch, "Europe/Berlin", hour="2", minute="30")
    assert clock.get_next_fire_time(None, utc("2026-03-28T12:00+01:00")) == utc(
        "2026-03-29T03:30+02:00"
    )


def test_the_hour_that_comes_twice_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = wall(monkeypatch, "Europe/Berlin", minute="*/30")
    last = utc("2026-10-25T02:30+02:00")
    assert clock.get_next_fire_time(last, last) == utc("2026-10-25T03:00+01:00")


def test_one_that_is_started_in_it_does_not_go_back(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = wall(monkeypatch, "Europe/Berlin", minute="*/30")
    now = utc("2026-10-25T02:10+01:00")
    assert clock.get_next_fire_time(None, now) == utc("2026-10-25T02:30+01:00")


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Be in Tokyo. (tzlocal remembers where the process was at first.)"""
    with monkeypatch.context() as inner:
        inner.setenv("TZ", "Asia/Tokyo")
        reload_localzone()
        yield
    reload_localzone()


@pytest.mark.usefixtures("tokyo")
def test_the_clock_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = wall(monkeypatch, "", hour="0", minute="0")
    assert clock.get_next_fire_time(None, utc("2026-01-01T12:00+09:00")) == utc(
        "2026-01-02T00:00+09:00"
    )


def test_a_day_that_never_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = wall(monkeypatch, "UTC", day="30", month="2", minute="0")
    assert clock.get_next_fire_time(None, utc("2026-01-01T00:00+00:00")) is None


# -- how it is written


def test_long_lines_are_broken() -> None:
    message = (("args", '("' + "x" * 36 + '",)'), ("max_age", "60000"))
    trigger = 'CronTrigger(minute="0,1,2,3,4,5,6,7,8,9,10", hour="1,2,3,4,5,6", timezone="UTC")'
    text = scheduler([Job('"a"', "act", trigger, message)], ["from a import act"], "", "")
    compile(text, "scheduler.py", "exec")
    assert max(map(len, text.splitlines())) <= 79
    assert '            "max_age": 60000,\n' in text
    assert '            hour="1,2,3,4,5,6",\n' in text


def test_django_is_set_up_first() -> None:
    job = Job('"a"', "act", 'WallClock(minute="0")')
    text = scheduler([job], ["from a import act"], "Asia/Tokyo", "shop.settings")
    compile(text, "scheduler.py", "exec")
    start = text.index('os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")')
    assert start < text.index("django.setup()") < text.index("from a import act  # noqa: E402")
    assert 'ZONE = "Asia/Tokyo"' in text


def test_it_says_how_it_is_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["scheduler.py", "--help"])
    monkeypatch.delitem(sys.modules, template.__name__)
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(template.__name__, run_name="__main__")
    assert ended.value.code == 0
    assert "--schedule FILE" in capsys.readouterr().out
