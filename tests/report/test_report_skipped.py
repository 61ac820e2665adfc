"""What is said beside a patch of files that could not be read."""

from __future__ import annotations

from pathlib import Path

from tests.cli.sample import BROKEN, call, write


def test_quietly_only_files_that_mention_celery_are_named(tmp_path: Path) -> None:
    root = write(tmp_path, {**BROKEN, "other.py": b"\xff"})
    line = ("apply", "--diff", "--allow-no-vcs", "--root", root)
    assert "skipped other.py:" in call(*line).stderr
    said = call(*line, "-q").stderr
    assert "skipped shop/old.py:2" in said
    assert "other.py" not in said
