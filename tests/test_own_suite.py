"""A project's own suite passes before under Celery and after under Dramatiq, and proves as much.

Every send of the migrated project is taken out once; its tests have to notice each time.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.projects import migrated

pytestmark = pytest.mark.slow
SUITE = Path(__file__).parent / "suites" / "plain"


def files() -> dict[str, str]:
    """Return the project as it is written for Celery."""
    found = {path.relative_to(SUITE).as_posix(): path for path in sorted(SUITE.rglob("*.py"))}
    return {name: path.read_text() for name, path in found.items()}


def passes(project: Mapping[str, str], root: Path) -> bool:
    """Run the project's tests."""
    for path, text in project.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "-c",
        "none.ini",
    ]
    (root / "none.ini").write_text("[pytest]\n")
    done = subprocess.run([*command, "--rootdir", ".", "checks"], cwd=root, capture_output=True)
    return done.returncode == 0


def test_passes_before(tmp_path: Path) -> None:
    assert passes(files(), tmp_path)


def test_passes_after(tmp_path: Path) -> None:
    after = migrated(files())
    assert "celery" not in after["shop/orders.py"] + after["checks/test_orders_unittest.py"]
    assert passes(after, tmp_path)


SENDS = [
    number
    for number, line in enumerate((SUITE / "shop" / "orders.py").read_text().splitlines())
    if ".delay(" in line or ".apply_async(" in line
]


def test_there_are_enough_mutants() -> None:
    assert len(SENDS) >= 10


@pytest.mark.parametrize("number", SENDS)
def test_notices_a_send_that_is_gone(number: int, tmp_path: Path) -> None:
    after = migrated(files())
    lines = after["shop/orders.py"].splitlines()
    near = range(number - 1, min(number + 2, len(lines)))
    send = next(i for i in sorted(near, key=lambda i: abs(i - number)) if ".send" in lines[i])
    name = lines[send].split("=")[0] + "= Sent()" if " = " in lines[send].split("(")[0] else "pass"
    blanks = len(lines[send]) - len(lines[send].lstrip())
    lines[send] = " " * blanks + name.strip()
    lines.append("\n\nclass Sent:\n    message_id = None")
    assert not passes({**after, "shop/orders.py": "\n".join(lines)}, tmp_path)
