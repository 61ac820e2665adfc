import os
import subprocess
from pathlib import Path

import pytest

from celery2dramatiq.files import Refused, check


@pytest.fixture(autouse=True)
def plain_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)


def git(folder: Path, *arguments: str) -> None:
    options = ("-c", "user.name=n", "-c", "user.email=e", "-c", "protocol.file.allow=always")
    subprocess.run(["git", *options, *arguments], cwd=folder, check=True, capture_output=True)


def committed(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "all")
    return root


def refusal(
    root: Path, *paths: str, allow_dirty: bool = False, allow_no_vcs: bool = False
) -> list[str]:
    try:
        check(root, paths, allow_dirty=allow_dirty, allow_no_vcs=allow_no_vcs)
    except Refused as refused:
        return str(refused).splitlines()
    return []


def dirty(names: str) -> list[str]:
    return [f"uncommitted changes: {names}; commit them, or use --allow-dirty to edit anyway"]


def test_committed_files_may_be_edited(tmp_path: Path) -> None:
    root = committed(tmp_path, "a.py", "pkg/b.py", "other.py")
    (root / "other.py").write_text("changed")
    assert refusal(root, "a.py", "pkg/b.py", "pkg/new.py", "new/new.py") == []
    assert refusal(root / "pkg", "b.py") == []
    assert refusal(root) == []


def test_uncommitted_changes(tmp_path: Path) -> None:
    root = committed(tmp_path, "a.py", "é b.py", "staged.py", "gone.py", "moved.py", "clean.py")
    (root / "a.py").write_text("changed")
    (root / "é b.py").write_text("changed")
    (root / "staged.py").write_text("changed")
    (root / "gone.py").unlink()
    git(root, "add", "staged.py")
    git(root, "mv", "moved.py", "here.py")
    (root / "untracked.py").write_text("new")
    (root / ".gitignore").write_text("ignored.py\n")
    (root / "ignored.py").write_text("new")
    names = ["a.py", "gone.py", "here.py", "ignored.py", "staged.py", "untracked.py", "é b.py"]
    assert refusal(root, *names, "clean.py") == dirty(", ".join(names))
    assert refusal(root, *names, allow_dirty=True) == []


def test_in_a_folder_of_the_repository(tmp_path: Path) -> None:
    root = committed(tmp_path, "pkg/a.py", "a.py")
    (root / "pkg" / "a.py").write_text("changed")
    assert refusal(root / "pkg", "a.py") == dirty("a.py")
    assert refusal(root, "a.py") == []


def test_before_the_first_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text("x")
    assert refusal(tmp_path, "a.py") == dirty("a.py")
    git(tmp_path, "add", "a.py")
    assert refusal(tmp_path, "a.py") == dirty("a.py")


def test_at_most_ten_are_named(tmp_path: Path) -> None:
    root = committed(tmp_path, "a.py")
    names = [f"{number:02}.py" for number in range(12)]
    for name in names:
        (root / name).write_text("x")
    assert refusal(root, *names[:10]) == dirty(", ".join(names[:10]))
    assert refusal(root, *names) == dirty(", ".join(names[:10]) + " and 2 more")


def test_no_version_control(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x")
    problem = "not in a git repository, so the edit could not be undone: a.py, new/b.py"
    expected = [f"{problem}; use --allow-no-vcs to edit anyway"]
    assert refusal(tmp_path, "a.py", "new/b.py") == expected
    assert refusal(tmp_path, "a.py", allow_dirty=True) != []
    assert refusal(tmp_path, "a.py", allow_no_vcs=True) == []
    assert refusal(tmp_path) == []


def test_both_problems_are_named(tmp_path: Path) -> None:
    committed(tmp_path / "repo", "a.py")
    (tmp_path / "repo" / "a.py").write_text("changed")
    (tmp_path / "b.py").write_text("x")
    assert len(refusal(tmp_path, "repo/a.py", "b.py")) == 2
    assert refusal(tmp_path, "repo/a.py", "b.py", allow_no_vcs=True) == dirty("repo/a.py")


def test_each_file_is_looked_up_in_its_own_repository(tmp_path: Path) -> None:
    library = committed(tmp_path / "library", "lib.py", "clean.py")
    root = committed(tmp_path / "root", "a.py")
    git(root, "submodule", "--quiet", "add", str(library), "sub")
    git(root, "commit", "-q", "-m", "sub")
    committed(root / "nested", "n.py")
    assert refusal(root, "a.py", "sub/lib.py", "nested/n.py") == []
    (root / "sub" / "lib.py").write_text("changed")
    (root / "nested" / "n.py").write_text("changed")
    assert refusal(root, "a.py", "sub/clean.py") == []
    assert refusal(root, "sub/lib.py") == dirty("sub/lib.py")
    assert refusal(root, "nested/n.py") == dirty("nested/n.py")


def test_a_worktree(tmp_path: Path) -> None:
    main = committed(tmp_path / "main", "a.py")
    git(main, "worktree", "add", "-q", "../other")
    (tmp_path / "other" / "a.py").write_text("changed")
    assert refusal(main, "a.py") == []
    assert refusal(tmp_path / "other", "a.py") == dirty("a.py")


def test_a_link_is_looked_up_where_it_leads(tmp_path: Path) -> None:
    root = committed(tmp_path, "a.py", "b.py")
    (root / "link.py").symlink_to("a.py")
    git(root, "add", "link.py")
    git(root, "commit", "-q", "-m", "link")
    (root / "a.py").write_text("changed")
    assert refusal(root, "link.py") == dirty("link.py")


def test_what_git_cannot_tell_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = committed(tmp_path / "root", "a.py", "inner/b.py")
    (root / "inner" / ".git").mkdir()
    (problem,) = refusal(root, "inner/b.py")
    assert problem.startswith("cannot tell what is committed: ")
    assert problem.endswith("inner/.git is no repository; use --allow-dirty to edit anyway")
    (root / "inner" / ".git").rmdir()
    (root / "inner" / ".git").write_text("gitdir: nowhere")
    (problem,) = refusal(root, "inner/b.py")
    assert "cannot tell what is committed: fatal: " in problem
    monkeypatch.setenv("PATH", "")
    (problem,) = refusal(root, "a.py")
    assert "git cannot be run: No such file or directory" in problem
    assert refusal(root, "a.py", allow_dirty=True) == []


def test_the_question_writes_nothing(tmp_path: Path) -> None:
    root = committed(tmp_path, "a.py")
    (root / "a.py").touch()  # now the index's times are stale, which `git status` likes to repair
    before = (root / ".git" / "index").read_bytes()
    assert refusal(root, "a.py") == []
    assert (root / ".git" / "index").read_bytes() == before
