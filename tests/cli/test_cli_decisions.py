"""Where decisions are stored, and what stays as it is."""

from __future__ import annotations

from pathlib import Path

from celery2dramatiq.decisions import store
from celery2dramatiq.files import Change

SHARED = "[tool.celery2dramatiq]\nretries = 'keep'\naccept = ['C2D104']\n"


def test_no_decision_is_no_change(tmp_path: Path) -> None:
    change = Change("a.py", b"", b"1")
    assert store(tmp_path, {}, [change]) == (change,)


def test_decisions_go_into_the_table_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(SHARED)
    (made,) = store(tmp_path, {"accept": ("C2D101", "C2D104")}, [])
    assert made.path == "pyproject.toml"
    assert made.after is not None
    assert made.after.decode() == SHARED.replace("['C2D104']", "[\"C2D101\", 'C2D104']")
