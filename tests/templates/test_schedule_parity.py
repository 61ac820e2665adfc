"""Crontabs are due when Celery says so, also where clocks change."""

from __future__ import annotations

from pathlib import Path

import pytest
from celery.schedules import crontab  # type: ignore[import-untyped]

from celery2dramatiq import crontab as cron
from tests import schedules


def test_random_crontabs() -> None:
    assert list(schedules.differences(25, seed=2)) == []


def test_a_wrong_trigger_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = cron.trigger

    def wrong(given: schedules.Fields) -> dict[str, str]:
        return {**right(given), "day_of_week": "mon"}

    monkeypatch.setattr(cron, "trigger", wrong)
    assert len(list(schedules.differences(3, seed=2))) > 0


def test_the_page_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "_RESULT", tmp_path / "page.md")
    monkeypatch.setattr(schedules, "COUNT", 2)
    assert schedules.main() == 0
    assert "| 2 | 40 | 0 |" in (tmp_path / "page.md").read_text("utf-8")


def test_the_page_in_the_repository_has_no_difference() -> None:
    row = schedules._RESULT.read_text("utf-8").split("|---|---|---|---|---|\n")[1]
    assert row.split("|")[1:4] == [" 1,000 ", " 20,000 ", " 0 "]


@pytest.mark.parametrize(
    ("field", "spec"),
    [
        ("minute", "60"),
        ("minute", ""),
        ("minute", []),
        ("minute", 3.5),
        ("minute", True),
        ("minute", ["1"]),
        ("hour", "*/0"),
        ("hour", "*/x"),
        ("hour", "5/2"),
        ("hour", "1,,2"),
        ("hour", "someday"),
        ("hour", "*-3"),
        ("day_of_week", 7),
        ("day_of_month", 0),
        ("month_of_year", "13"),
    ],
)
def test_what_is_refused(field: str, spec: object) -> None:
    with pytest.raises(cron.Refused, match=field):
        cron.trigger({field: spec})


def test_a_day_that_no_month_has() -> None:
    with pytest.raises(cron.Refused, match="no month has that day"):
        cron.trigger({"day_of_month": 31, "month_of_year": "2,4"})


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ({}, {"minute": "*"}),
        ({"minute": "0, 30"}, {"minute": "0,30"}),
        ({"minute": "*/70"}, {"minute": "0"}),
        ({"minute": "50-10"}, {"minute": ",".join(map(str, [*range(11), *range(50, 60)]))}),
        ({"month_of_year": "jan"}, {"minute": "*", "month": "1"}),
        ({"day_of_week": "fri-mon"}, {"minute": "*", "day_of_week": "mon,fri-sun"}),
        ({"day_of_week": "0,6"}, {"minute": "*", "day_of_week": "sat,sun"}),
        ({"day_of_week": "0-6"}, {"minute": "*"}),
        ({"day_of_month": "1-7/2"}, {"minute": "*", "day": "1-7/2"}),
    ],
)
def test_what_is_written(given: dict[str, object], written: dict[str, str]) -> None:
    assert cron.trigger(given) == written
    crontab(**given)  # Celery takes it too
