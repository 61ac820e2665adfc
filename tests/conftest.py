"""What holds for every test."""

import os
import signal
from pathlib import Path

import pytest

# Processes that are forked in a project that a test made write what they measured here, not there.
os.environ.setdefault("COVERAGE_FILE", str(Path(__file__).parents[1] / ".coverage"))


def pytest_configure(config: pytest.Config) -> None:
    """Let signals do what they do by default, here and in every child.

    A shell that starts the tests in the background has them ignored.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
