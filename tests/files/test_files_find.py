import errno
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from celery2dramatiq.files import Found, find, project_root

VISIBLE = ("a.py", "pkg/b.py", "pkg/deep/c.txt")


@pytest.fixture(autouse=True)
def plain_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)


def git(folder: Path, *arguments: str) -> None:
    options = ("-c", "user.name=n", "-c", "user.email=e", "-c", "protocol.file.allow=always")
    subprocess.run(["git", *options, *arguments], cwd=folder, check=True, capture_output=True)


def repository(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q")
    return folder


def fill(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    return root


def commit(root: Path) -> None:
    git(root, "add", "-A", "-f")
    git(root, "commit", "-q", "-m", "all")


def reasons(found: Found) -> dict[str, str]:
    assert not any(each.mentions_celery for each in found.skipped)
    return {each.path: each.reason for each in found.skipped}


@pytest.fixture(params=["git", "walk"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return repository(folder) if request.param == "git" else folder


def test_files_of_all_kinds_sorted(root: Path) -> None:
    fill(root, *reversed(VISIBLE))
    assert find(root) == Found(VISIBLE, (), 0)
    assert find(root / "pkg").files == ("b.py", "deep/c.txt")


def test_odd_names(root: Path) -> None:
    names = ("\udcff.py", "a\nb.py", "a\tb.py", "-n.py", 'q"uote.py', "é.py", " s .py")
    assert find(fill(root, *names)).files == tuple(sorted(names))


def test_ignored_by_gitignore(root: Path) -> None:
    fill(root, *VISIBLE, "x.log", "pkg/x.log", "pkg/keep.log", "out/o.py", "pkg/out/o.py")
    (root / ".gitignore").write_text("*.log\n/out/\n!\na\\\n")
    (root / "pkg" / ".gitignore").write_text("!keep.log\n")
    found = find(root)
    expected = {*VISIBLE, ".gitignore", "pkg/.gitignore", "pkg/keep.log", "pkg/out/o.py"}
    assert set(found.files) == expected
    assert found.ignored == 3


def test_a_gitignore_that_is_no_file(root: Path) -> None:
    fill(root, "a.py", "rules")
    (root / "rules").write_text("a.py")
    (root / ".gitignore").symlink_to("rules")
    assert "a.py" in find(root).files


def test_folders_left_aside_by_name(root: Path) -> None:
    names = [".hg", ".venv", "venv", "node_modules", "build", "dist", ".tox", ".nox", ".eggs"]
    names += ["site-packages", "__pycache__", "x.egg-info"]
    fill(root, *VISIBLE, "build.py", "pkg/dist", *(f"{name}/x/y.py" for name in names))
    found = find(root)
    assert found.files == tuple(sorted({*VISIBLE, "build.py", "pkg/dist"}))
    assert (found.skipped, found.ignored) == ((), len(names))


def test_excluded(root: Path) -> None:
    fill(root, *VISIBLE, "pkg/deep/d.py")
    os.mkfifo(root / "pkg" / "pipe")
    found = find(root, ["pkg/*", "!pkg/b.py"])
    assert found.files == ("a.py", "pkg/b.py")
    assert (found.skipped, found.ignored) == ((), 3)


def test_an_exclude_that_is_no_pattern(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="!"):
        find(tmp_path, ["!"])


def test_a_link_stands_for_its_target(root: Path) -> None:
    fill(root, *VISIBLE)
    (root / "link.py").symlink_to("pkg/b.py")
    (root / "again.py").symlink_to("link.py")
    (root / "absolute.py").symlink_to(root / "a.py")
    (root / "folder").symlink_to("pkg")
    (root / "up").symlink_to(".")
    assert find(root) == Found(VISIBLE, (), 0)


def test_a_link_to_what_is_left_out(root: Path) -> None:
    fill(root, ".gitignore", "local.py", "venv/x.py", "pkg/b.py")
    (root / ".gitignore").write_text("local.py\n")
    (root / "settings.py").symlink_to("local.py")
    (root / "x.py").symlink_to("venv/x.py")
    (root / "c.py").symlink_to("pkg/b.py")
    found = find(root, ["pkg/"])
    assert found.files == (".gitignore", "local.py")
    assert found.ignored == 4  # venv, x.py, c.py, pkg/b.py


def test_what_is_never_opened(root: Path, tmp_path: Path) -> None:
    fill(root, "a.py")
    fill(tmp_path, "secret.py", "root2/x.py")
    (root / "out.py").symlink_to("../secret.py")
    (root / "sibling").symlink_to("../root2")
    (root / "broken.py").symlink_to("none.py")
    (root / "inside_a_file.py").symlink_to("a.py/b.py")
    (root / "one.py").symlink_to("two.py")
    (root / "two.py").symlink_to("one.py")
    (root / "to_pipe.py").symlink_to("pipe.py")
    os.mkfifo(root / "pipe.py")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(root / "s"))
    found = find(root)
    assert found.files == ("a.py",)
    loop = f"a link: {os.strerror(errno.ELOOP)}"
    assert reasons(found) == {
        "broken.py": "a broken link",
        "inside_a_file.py": "a broken link",
        "one.py": loop,
        "out.py": "a link out of the project",
        "pipe.py": "a FIFO",
        "s": "a socket",
        "sibling": "a link out of the project",
        "to_pipe.py": "a FIFO",
        "two.py": loop,
    }


def test_a_device(root: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root creates a device")
    fill(root, "a.py")
    os.mknod(root / "null", 0o020666, os.makedev(1, 3))
    assert reasons(find(root)) == {"null": "a device"}


def test_an_ignored_pipe_needs_no_word(root: Path) -> None:
    fill(root, "a.py", ".gitignore")
    (root / ".gitignore").write_text("pipe")
    os.mkfifo(root / "pipe")
    assert find(root).skipped == ()


def test_the_root_may_be_reached_through_a_link(root: Path, tmp_path: Path) -> None:
    fill(root, *VISIBLE)
    (tmp_path / "link").symlink_to("root")
    assert find(tmp_path / "link").files == VISIBLE


def test_tracked_wins_over_the_rules(tmp_path: Path) -> None:
    root = fill(repository(tmp_path), "build/a.py", "x.log")
    (root / ".gitignore").write_text("*.log\n")
    commit(root)
    fill(root, "build/new.py")
    assert find(root) == Found((".gitignore", "build/a.py", "x.log"), (), 1)


def test_deleted_but_tracked(tmp_path: Path) -> None:
    root = fill(repository(tmp_path), "a.py", "gone.py", "pkg/gone.py", "dir/gone.py")
    commit(root)
    (root / "gone.py").unlink()
    shutil.rmtree(root / "pkg")
    shutil.rmtree(root / "dir")
    fill(root, "dir")
    assert find(root) == Found(("a.py", "dir"), (), 0)


def test_a_tracked_folder_that_became_a_link(tmp_path: Path) -> None:
    root = fill(repository(tmp_path / "root"), "a.py", "pkg/b.py", "loop/c.py")
    commit(root)
    shutil.move(root / "pkg", tmp_path / "pkg")
    shutil.rmtree(root / "loop")
    (root / "pkg").symlink_to(tmp_path / "pkg")
    (root / "loop").symlink_to("loop")
    found = find(root)
    assert "a.py" in found.files
    assert reasons(found)["pkg/b.py"] == "a link out of the project"


def test_a_worktree(tmp_path: Path) -> None:
    main = fill(repository(tmp_path / "main"), "a.py")
    commit(main)
    git(main, "worktree", "add", "-q", "../other")
    fill(tmp_path / "other", "b.py")
    assert find(tmp_path / "other").files == ("a.py", "b.py")
    assert project_root(tmp_path / "other" / "b.py") == tmp_path / "other"


def test_submodules(tmp_path: Path) -> None:
    library = fill(repository(tmp_path / "library"), "lib.py")
    commit(library)
    root = fill(repository(tmp_path / "root"), "a.py")
    for name in ("sub", "absent", "torn", "moved"):
        git(root, "submodule", "--quiet", "add", str(library), name)
    commit(root)
    fill(root, "sub/new.py", "sub/venv/v.py")
    git(root, "submodule", "--quiet", "deinit", "absent")
    (root / "torn" / ".git").write_text("gitdir: nowhere")
    shutil.rmtree(root / "moved")
    (root / "moved").symlink_to(library)
    found = find(root)
    assert found.files == (".gitmodules", "a.py", "sub/lib.py", "sub/new.py")
    assert found.ignored == 1
    assert list(reasons(found)) == ["moved", "torn"]
    assert reasons(found)["torn"].startswith("a submodule that git cannot list: fatal")


def test_a_nested_repository_is_another_project(tmp_path: Path) -> None:
    root = fill(repository(tmp_path), "a.py")
    nested = fill(repository(root / "nested"), "n.py")
    repository(root / "venv" / "src")
    assert find(root).files == ("a.py",)
    assert reasons(find(root)) == {"nested": "another git repository"}
    assert find(root).ignored == 1
    assert find(nested).files == ("n.py",)
    assert project_root(nested / "n.py") == nested


def test_a_root_that_its_repository_ignores(tmp_path: Path) -> None:
    outer = fill(repository(tmp_path), ".gitignore", "tmp/proj/a.py", "tmp/proj/.venv/b.py")
    (outer / ".gitignore").write_text("tmp/\n")
    assert find(outer / "tmp" / "proj") == Found(("a.py",), (), 1)


def test_an_unmerged_file_is_listed_once(tmp_path: Path) -> None:
    root = fill(repository(tmp_path), "a.py")
    commit(root)
    git(root, "checkout", "-q", "-b", "other")
    (root / "a.py").write_text("other")
    commit(root)
    git(root, "checkout", "-q", "-")
    (root / "a.py").write_text("this")
    commit(root)
    with pytest.raises(subprocess.CalledProcessError):
        git(root, "merge", "other")
    assert find(root).files == ("a.py",)


def test_in_a_hook_git_speaks_of_this_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = repository(tmp_path / "elsewhere")
    root = fill(repository(tmp_path / "root"), "a.py")
    monkeypatch.setenv("GIT_DIR", str(elsewhere / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(elsewhere))
    monkeypatch.setenv("GIT_INDEX_FILE", str(elsewhere / "index"))
    assert find(root).files == ("a.py",)


def test_no_program_of_the_repository_is_run(tmp_path: Path) -> None:
    root = fill(repository(tmp_path / "root"), "a.py")
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    git(root, "config", "core.fsmonitor", str(program))
    assert find(root).files == ("a.py",)
    assert not (tmp_path / "ran").exists()


def test_without_git_the_tree_is_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = fill(repository(tmp_path), *VISIBLE, ".gitignore", "x.log")
    (root / ".gitignore").write_text("*.log")
    fill(root / "worktree", ".git", "w.py")
    monkeypatch.setenv("PATH", "")
    assert find(root).files == (".gitignore", *VISIBLE, "worktree/w.py")


def test_a_venv_that_is_a_link(root: Path, tmp_path: Path) -> None:
    fill(root, "a.py")
    fill(tmp_path, "env/x.py")
    (root / ".venv").symlink_to("../env")
    assert find(root) == Found(("a.py",), (), 1)


@pytest.fixture
def user_folder() -> Iterator[Path]:
    """Be an ordinary user in a folder of their own, which tmp_path is not."""
    if os.getuid() != 0:
        pytest.skip("only root becomes another user and root again")
    with tempfile.TemporaryDirectory() as name:
        os.chown(name, 65534, 65534)
        os.setresuid(65534, 65534, 0)
        try:
            yield Path(name)
        finally:
            os.setresuid(0, 0, 0)


def test_what_an_ordinary_user_cannot_enter(user_folder: Path) -> None:
    root = fill(user_folder, "a.py", "closed/x.py", "barred/y.py", "secret/.gitignore")
    (root / "barred" / "link.py").symlink_to("y.py")
    (root / "barred" / ".gitignore").write_text("y.py")
    (root / "secret" / ".gitignore").chmod(0)
    (root / "closed").chmod(0)
    (root / "barred").chmod(0o444)
    found = find(root)
    assert reasons(found) == {"closed": "Permission denied"}
    assert set(found.files) == {
        "a.py",
        "barred/.gitignore",
        "barred/link.py",
        "barred/y.py",
        "secret/.gitignore",
    }


def test_a_tracked_folder_that_an_ordinary_user_cannot_enter(user_folder: Path) -> None:
    root = fill(repository(user_folder), "a.py", "closed/x.py")
    git(root, "add", "-A")
    (root / "closed").chmod(0)
    assert find(root) == Found(("a.py", "closed/x.py"), (), 0)


def test_project_root(tmp_path: Path) -> None:
    fill(tmp_path, "proj/manage.py", "proj/app/x.py", "plain/y.py")
    assert project_root(tmp_path / "proj" / "app" / "x.py") == tmp_path / "proj"
    assert project_root(tmp_path / "proj") == tmp_path / "proj"
    assert project_root(tmp_path / "plain") == tmp_path / "plain"
    assert project_root(tmp_path / "plain" / "y.py") == tmp_path / "plain"
    repository(tmp_path)
    assert project_root(tmp_path / "proj" / "app") == tmp_path
