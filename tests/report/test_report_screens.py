"""Golden screens: what a terminal shows of a scan, at 80 and 120 columns, with and without colour.

`UPDATE_SCREENS=1 python -m pytest tests/report/test_report_screens.py` writes them anew: read the
difference. Nothing is wrapped or cut, so the bytes are the same at any width.
"""

import os
from pathlib import Path

import pytest

from tests.cli.sample import HALF, NONE, Files, write
from tests.cli.test_cli_terminal import on_terminal

SCREENS = Path(__file__).parent / "screens"


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("color", ["plain", "color"])
@pytest.mark.parametrize(("name", "files"), [("half", HALF), ("nothing", NONE)])
def test_screen(name: str, files: Files, color: str, width: int, tmp_path: Path) -> None:
    root = write(tmp_path, files)
    option = "--no-color" if color == "plain" else "--color"
    shown = on_terminal("scan", option, cwd=root, width=width)
    golden = SCREENS / f"{name}.{color}.txt"
    if os.environ.get("UPDATE_SCREENS"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_bytes(shown)
    assert shown.decode() == golden.read_bytes().decode()
    assert len(shown.splitlines()) <= 40
    assert (b"\x1b[" in shown) == (color == "color")
