"""The line length that a project's tools are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from celery2dramatiq.style import line_length


@pytest.mark.parametrize(
    ("files", "length"),
    [
        ({}, 88),
        ({"pyproject.toml": "[tool.black]\nline-length = 100\n"}, 100),
        ({"pyproject.toml": "tool.black.line-length = 100\n"}, 100),
        ({"pyproject.toml": "[tool.black]\nline-length = '100'\n"}, 100),
        ({"pyproject.toml": "[tool]\nblack = {line-length = 100}\n"}, 100),
        ({"pyproject.toml": "[tool.black]\ntarget-version = ['py310']\n"}, 88),
        ({"pyproject.toml": "[tool.black]\n", "setup.cfg": "[flake8]\nmax-line-length = 120"}, 88),
        ({"pyproject.toml": "[tool.ruff]\nline-length = 110\n"}, 110),
        ({"pyproject.toml": "[tool.ruff]\nline-length = 110\n[tool.black]\nline-length = 9"}, 9),
        ({"pyproject.toml": "[tool.ruff.lint]\nselect = []\n"}, 88),
        ({"ruff.toml": "line-length = 120\n"}, 120),
        ({".ruff.toml": "line-length = 120\n", "ruff.toml": "line-length = 9\n"}, 120),
        ({"ruff.toml": "[lint]\n"}, 88),
        ({"pyproject.toml": "# line-length = 100\n[tool.other]\nline-length = 100\n"}, 88),
        ({"pyproject.toml": "[tool.black\nline-length = 100\n"}, 88),
        ({"pyproject.toml": "tool = 3\n"}, 88),
        ({"pyproject.toml": "[tool]\nblack = 3\n"}, 88),
        ({"pyproject.toml": "[tool.black]\nline-length = 'long'\n"}, 88),
        ({"pyproject.toml": "\ufeff[tool.black]\nline-length = 100\n"}, 100),
        ({"setup.cfg": "[flake8]\nmax-line-length = 120\n"}, 120),
        ({"tox.ini": "[flake8]\nmax_line_length = 120  # wide\n"}, 120),
        ({".flake8": "[flake8]\nmax-line-length=120\n"}, 120),
        ({".flake8": "[flake8]\nignore = E501\n"}, 79),
        ({"setup.cfg": "[pycodestyle]\nmax-line-length = 99\n"}, 99),
        ({"tox.ini": "[pep8]\nmax-line-length = 99\n"}, 99),
        ({"setup.cfg": "[pycodestyle]\n"}, 79),
        ({"setup.cfg": "[flake8]\nmax-line-length = 99\n[isort]\nline_length = 80\n"}, 99),
        ({"setup.cfg": "[isort]\nline_length = 80\n"}, 80),
        ({".isort.cfg": "[settings]\nline_length = 80\n"}, 80),
        ({"pyproject.toml": "[tool.isort]\nline_length = 80\n"}, 80),
        ({"setup.cfg": "[metadata\nname = x\n"}, 88),
        ({"setup.cfg": "[metadata]\nname = %(x)\nflag\n[flake8]\nmax-line-length = 90\n"}, 90),
        ({".editorconfig": "root = true\n[*]\nmax_line_length = 100\n"}, 100),
        ({".editorconfig": "[*]\nmax_line_length = 100\n[*.py]\nmax_line_length = 90\n"}, 90),
        ({".editorconfig": "[*]\nmax_line_length = 100\n[*.js]\nmax_line_length = 90\n"}, 100),
        ({".editorconfig": "[*]\nmax_line_length = 100\n[*.py]\nmax_line_length = off\n"}, 88),
        ({".editorconfig": "[*.{js,py}]\nmax_line_length = 100\n"}, 100),
        ({".editorconfig": "[{*.py, *.{pyi,pyx}}]\nmax_line_length = 100\n"}, 100),
        ({".editorconfig": "[**.py]\nmax_line_length = 100\n"}, 100),
        ({".editorconfig": "[*.py]\nindent_size = 4\n"}, 88),
    ],
)
def test_line_length(files: dict[str, str], length: int, tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert line_length(tmp_path) == length


def test_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"[tool.black]\nline-length = 100  # \xff\n")
    (tmp_path / "setup.cfg").mkdir()
    assert line_length(tmp_path) == 88
