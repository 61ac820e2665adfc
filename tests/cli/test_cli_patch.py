"""`apply --diff` is a patch that git takes, and that does what `apply` does."""

import json
import os
import stat
from pathlib import Path

import pytest

from tests.cli.sample import (
    APP,
    PACKAGE,
    SENDS,
    TASKS,
    Files,
    call,
    commit,
    git,
    project,
    tree,
    write,
)

FUNCTION = "def f():\n    from shop.tasks import add\n\n    add.delay(1, 2)\n"
ODD: Files = {
    **PACKAGE,
    "shop/crlf.py": SENDS.replace("\n", "\r\n"),
    "shop/mixed.py": SENDS.replace("\n", "\r\n", 1) + "x = 1\r\ny = 2\n",
    "shop/no_end.py": SENDS.rstrip("\n"),
    "shop/crlf_no_end.py": SENDS.replace("\n", "\r\n") + "x = 1",
    "shop/latin.py": b"# coding: latin-1\nword = 'caf\xe9'\n" + SENDS.encode() + b"# na\xefve",
    "shop/bom.py": b"\xef\xbb\xbf" + SENDS.encode(),
    "shop/feed.py": f"x = 1\n\x0c\n{SENDS}\x0c\ny = 'a\x0bb\x85c\u2028d'\n",
    "shop/tabs.py": FUNCTION.replace("    ", "\t"),
    "shop/minus.py": f"{FUNCTION}x = '''\n-- a\n++ b\n@@ c\n'''\n",
    "with space.py": FUNCTION,
    "tab\there.py": FUNCTION,
    "new\nline.py": FUNCTION,
    'quo"te.py': FUNCTION,
    "back\\slash.py": FUNCTION,
    "esc\x1b[31m.py": FUNCTION,
    "café.py": FUNCTION,
    " space around .py ": "",
    "a => b.py": FUNCTION,
    "deep/er/x y/z.py": FUNCTION,
    os.fsdecode(b"bad\xff.py"): FUNCTION,
}


@pytest.fixture
def odd(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with odd names and bytes, in every one of which something changes."""
    write(root, ODD)
    (root / "shop/no_end.py").chmod(0o755)
    (root / "shop/crlf.py").chmod(0o640)
    monkeypatch.chdir(root)
    return commit(root)


def modes(folder: Path) -> dict[str, int]:
    return {name: stat.S_IMODE((folder / name).stat().st_mode) for name in tree(folder)}


def test_patch_does_what_apply_does(odd: Path) -> None:
    before, modes_before = tree(odd), modes(odd)
    patch = call("apply", "--diff").stdout_bytes
    assert tree(odd) == before
    git(odd, "apply", "--check", "-", stdin=patch)
    git(odd, "apply", "-", stdin=patch)
    patched = tree(odd)
    changed = {name for name in before if before[name] != patched[name]}
    untouched = {"shop/__init__.py", " space around .py "}
    assert changed == set(before) - untouched
    assert set(patched) - set(before) == {"shop/dramatiq_helpers.py"}
    assert modes(odd)["shop/no_end.py"] & 0o111 == 0o111  # git knows no more of modes
    git(odd, "apply", "-R", "-", stdin=patch)
    assert tree(odd) == before
    (odd / "shop/crlf.py").chmod(0o640)
    assert call("apply").exit_code == 0
    assert tree(odd) == patched
    assert {**modes(odd), **modes_before} == modes(odd)


def test_patch_is_that_of_git(odd: Path) -> None:
    patch = call("apply", "--diff").stdout_bytes
    assert call("apply").exit_code == 0
    git(odd, "add", "-A", "-N")
    theirs = git(odd, "diff", "--no-ext-diff", "--diff-algorithm=myers")
    heads = [line for line in patch.splitlines() if line.startswith((b"diff --git", b"new file"))]
    assert heads == [
        line for line in theirs.splitlines() if line.startswith((b"diff --git", b"new file"))
    ]
    names = [line for line in patch.split(b"\n") if line.startswith((b"--- ", b"+++ "))]
    assert [n for n in names if n in theirs.split(b"\n")] == names


def test_patch_of_a_folder_in_a_repository_is_applied_from_anywhere_in_it(tmp_path: Path) -> None:
    # As in a Django project, where folder and package bear the same name.
    top = project(tmp_path / "top", {f"shop/{name}": text for name, text in PACKAGE.items()})
    patch = call("apply", "--diff", "--root", top / "shop").stdout_bytes
    for folder in (top, top / "shop", top / "shop" / "shop"):
        git(folder, "apply", "-", stdin=patch)
        assert b"@dramatiq.actor" in (top / "shop/shop/tasks.py").read_bytes()
        git(folder, "apply", "-R", "-", stdin=patch)
        assert git(top, "status", "--porcelain") == b""


def test_patch_outside_of_git(root: Path) -> None:
    write(root, PACKAGE)
    patch = call("apply", "--diff", "--root", root).stdout_bytes
    git(root, "apply", "-", stdin=patch)
    assert b"@dramatiq.actor" in (root / "shop/tasks.py").read_bytes()


def test_patch_says_the_rest_on_stderr(root: Path) -> None:
    write(root, {**PACKAGE, "old.py": "import celery\nprint 1\n"})
    result = call("apply", "--diff", "--root", root)
    assert result.exit_code == 3
    first, second = result.stderr.splitlines()
    assert first == "All 2 tasks can move to Dramatiq."
    assert second.startswith("skipped old.py:2: ")


def test_patch_of_nothing_is_empty(root: Path) -> None:
    write(root, {"x.py": "x = 1\n"})
    result = call("apply", "--diff", "--root", root)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "No Celery task was found.\n"


def test_diff_with_json_is_json(root: Path) -> None:
    report = json.loads(
        call("apply", "--diff", "--format", "json", "--root", write(root, PACKAGE)).stdout
    )
    assert report["written"] is False
    edits = {edit["path"]: (edit["added"], edit["removed"]) for edit in report["edits"]}
    assert set(edits) == {"shop/app.py", "shop/tasks.py"}
    assert report["created"] == ["shop/dramatiq_helpers.py"]
    before, after = TASKS.count("\n"), _after(root, "shop/tasks.py").count(b"\n")
    added, removed = edits["shop/tasks.py"]
    assert added - removed == after - before
    assert APP.count("\n") < _after(root, "shop/app.py").count(b"\n")


def _after(root: Path, path: str) -> bytes:
    call("apply", "--allow-no-vcs", "-q", "--root", root)
    return (root / path).read_bytes()
