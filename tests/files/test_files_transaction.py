import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from celery2dramatiq.files import (
    Change,
    Refused,
    WriteFailed,
    interrupted,
    journal,
    recover,
    transaction,
    write,
)

Tree = dict[str, bytes]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state" / "project"


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


def fill(root: Path, tree: Tree) -> None:
    for name, data in tree.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


def tree(root: Path) -> Tree:
    files = (each for each in root.rglob("*") if each.is_file())
    return {each.relative_to(root).as_posix(): each.read_bytes() for each in files}


def problems(root: Path, state: Path, *changes: Change) -> list[str]:
    before = tree(root)
    with pytest.raises(Refused) as refused:
        write(root, changes, state)
    assert tree(root) == before
    assert not state.exists()
    assert str(refused.value) == "\n".join(refused.value.problems)
    return list(refused.value.problems)


class Killed(BaseException):
    """Ends a write as kill -9 would: nothing is rolled back."""


def kill_before(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """End the next write where it would replace the first file whose name this is."""

    def dies(root: Path, entry: journal.Entry, change: Change) -> None:
        if entry.path == name:
            raise Killed
        replace(root, entry, change)

    replace = transaction._replace
    monkeypatch.setattr(transaction, "_replace", dies)
    monkeypatch.setattr(transaction, "_give_up", lambda *arguments: None)


def test_edits_creates_and_deletes(root: Path, state: Path) -> None:
    fill(root, {"a.py": b"a\r\n", "pkg/b.py": b"b", "old.py": b"o", "same.py": b"s"})
    changes = [
        Change("a.py", b"a\r\n", b"A\r\n"),
        Change("pkg/b.py", b"b", b""),
        Change("old.py", b"o", None),
        Change("new.py", None, b"n"),
        Change("x/y/z.py", None, b"z"),
        Change("x/\udcff.py", None, b""),
    ]
    write(root, changes, state)
    assert tree(root) == {
        "a.py": b"A\r\n",
        "pkg/b.py": b"",
        "new.py": b"n",
        "same.py": b"s",
        "x/y/z.py": b"z",
        "x/\udcff.py": b"",
    }
    assert not state.exists()
    assert interrupted(root, state) is None
    assert recover(root, state) is None
    assert not state.exists()


@pytest.mark.parametrize(
    "data",
    [b"\xef\xbb\xbfx\r\n", b"x\ry\r", b"# coding: latin-1\n\xe9", b"\x0c\n", b"no end", b"\0\xff"],
)
def test_every_byte_is_written_as_given(root: Path, state: Path, data: bytes) -> None:
    fill(root, {"a.py": data})
    write(root, [Change("a.py", data, data + data)], state)
    assert tree(root) == {"a.py": data + data}


def test_nothing_to_do_touches_nothing(root: Path, state: Path) -> None:
    fill(root, {"a.py": b"a"})
    before = (root / "a.py").stat()
    write(root, [Change("a.py", b"a", b"a"), Change("none.py", None, None)], state)
    assert (root / "a.py").stat() == before
    assert not state.parent.exists()


def test_mode_and_owner_are_kept(root: Path, state: Path) -> None:
    modes = {"a.py": 0o755, "b.py": 0o600, "c.py": 0o664, "d.py": 0o4750}
    owner = (65534, 65533) if os.getuid() == 0 else (os.getuid(), os.getgid())
    for name, mode in modes.items():
        fill(root, {name: b"x"})
        os.chown(root / name, *owner)
        (root / name).chmod(mode)
    write(root, [Change(name, b"x", b"y") for name in modes], state)
    found = {name: (root / name).stat() for name in modes}
    assert {name: stat.S_IMODE(each.st_mode) for name, each in found.items()} == modes
    assert {(each.st_uid, each.st_gid) for each in found.values()} == {owner}


def test_a_new_file_gets_the_users_mode(root: Path, state: Path) -> None:
    old = os.umask(0o027)
    try:
        write(root, [Change("a.py", None, b"x")], state)
    finally:
        os.umask(old)
    assert stat.S_IMODE((root / "a.py").stat().st_mode) == 0o640


def test_through_a_link_the_target_is_written(root: Path, state: Path, tmp_path: Path) -> None:
    fill(root, {"pkg/a.py": b"a"})
    (root / "link.py").symlink_to("pkg/a.py")
    (root / "folder").symlink_to("pkg")
    (tmp_path / "way").symlink_to("root")
    changes = [Change("link.py", b"a", b"A"), Change("folder/b.py", None, b"b")]
    write(tmp_path / "way", changes, state)
    assert (root / "link.py").readlink() == Path("pkg/a.py")
    assert (root / "pkg" / "a.py").read_bytes() == b"A"
    assert (root / "pkg" / "b.py").read_bytes() == b"b"
    assert not (root / "pkg" / "a.py").is_symlink()


def test_all_problems_are_named_and_nothing_is_written(root: Path, state: Path) -> None:
    fill(root, {"ok.py": b"x", "changed.py": b"y", "there.py": b"z", "read_only.py": b"r"})
    fill(root, {"closed/a.py": b"a", "twice.py": b"t", "file": b"f"})
    fill(root.parent, {"outside.py": b"o"})
    (root / "read_only.py").chmod(0o444)
    (root / "closed").chmod(0o555)
    (root / "out.py").symlink_to("../outside.py")
    (root / "away").symlink_to("..")
    (root / "broken.py").symlink_to("none.py")
    (root / "link.py").symlink_to("ok.py")
    (root / "again.py").symlink_to("twice.py")
    os.mkfifo(root / "pipe")
    changes = [
        Change("ok.py", b"x", b"new"),
        Change("changed.py", b"x", b"new"),
        Change("gone.py", b"x", b"new"),
        Change("there.py", None, b"new"),
        Change("broken.py", None, b"new"),
        Change("read_only.py", b"r", b"new"),
        Change("closed/a.py", b"a", None),
        Change("closed/new/b.py", None, b"new"),
        Change("file/b.py", None, b"new"),
        Change("pipe", b"", b"new"),
        Change("closed", b"", b"new"),
        Change("link.py", b"x", None),
        Change("out.py", b"o", b"new"),
        Change("away/outside.py", b"o", b"new"),
        Change("away/new.py", None, b"new"),
        Change("../outside.py", b"o", b"new"),
        Change("closed/../ok.py", b"x", b"new"),
        Change(str(root.parent / "outside.py"), b"o", b"new"),
        Change("", b"o", b"new"),
        Change("twice.py", b"t", b"1"),
        Change("again.py", b"t", b"2"),
    ]
    assert problems(root, state, *changes) == [
        "changed.py: changed since it was read",
        "gone.py: is gone",
        "there.py: exists already",
        "broken.py: exists already",
        "read_only.py: is read-only",
        "closed/a.py: its folder is read-only",
        "closed/new/b.py: its folder is read-only",
        "file/b.py: file is not a folder",
        "pipe: not a regular file",
        "closed: not a regular file",
        "link.py: a link, and only a file can be deleted",
        "out.py: outside the project",
        "away/outside.py: outside the project",
        "away/new.py: outside the project",
        "../outside.py: outside the project",
        "closed/../ok.py: outside the project",
        f"{root.parent / 'outside.py'}: outside the project",
        ": outside the project",
        "twice.py: changed twice",
        "again.py: changed twice",
    ]


def test_a_new_file_twice(root: Path, state: Path) -> None:
    changes = [Change("a.py", None, b"1"), Change("a.py", None, b"2")]
    assert problems(root, state, *changes) == ["a.py: changed twice"] * 2


def test_what_an_ordinary_user_may_not_write(user_folder: Path) -> None:
    root, state = user_folder / "root", user_folder / "state"
    fill(root, {"mine.py": b"x", "others/a.py": b"a", "others/b.py": b"b"})
    os.setresuid(0, 0, 0)
    os.chown(root / "others", 0, 0)
    os.chown(root / "others" / "a.py", 0, 0)
    (root / "others" / "a.py").chmod(0o644)
    os.setresuid(65534, 65534, 0)
    changes = [
        Change("mine.py", b"x", b"y"),
        Change("others/a.py", b"a", b"A"),
        Change("others/b.py", b"b", b"B"),
        Change("others/new.py", None, b"n"),
    ]
    assert problems(root, state, *changes) == [
        "others/a.py: is read-only",
        "others/b.py: its folder is read-only",
        "others/new.py: its folder is read-only",
    ]


def test_what_an_ordinary_user_may_not_read(user_folder: Path) -> None:
    root, state = user_folder / "root", user_folder / "state"
    fill(root, {"secret.py": b"s"})
    (root / "secret.py").chmod(0o200)
    with pytest.raises(Refused, match=r"^secret\.py: Permission denied$"):
        write(root, [Change("secret.py", b"s", b"t")], state)
    (root / "secret.py").chmod(0o600)
    assert tree(root) == {"secret.py": b"s"}


def test_an_owner_that_cannot_be_kept(user_folder: Path) -> None:
    root, state = user_folder / "root", user_folder / "state"
    fill(root, {"a.py": b"a", "b.py": b"b"})
    os.setresuid(0, 0, 0)
    os.chown(root / "b.py", 0, 0)
    (root / "b.py").chmod(0o666)
    os.setresuid(65534, 65534, 0)
    with pytest.raises(WriteFailed, match=r"^b\.py: Operation not permitted; everything was"):
        write(root, [Change("a.py", b"a", b"A"), Change("b.py", b"b", b"B")], state)
    assert tree(root) == {"a.py": b"a", "b.py": b"b"}
    assert not state.exists()


def test_no_place_for_the_originals(root: Path, tmp_path: Path) -> None:
    fill(root, {"a.py": b"a"})
    (tmp_path / "file").write_text("")
    expected = f"{tmp_path / 'file' / 'state'}: Not a directory; the originals must be kept there"
    with pytest.raises(Refused) as refused:
        write(root, [Change("a.py", b"a", b"A")], tmp_path / "file" / "state")
    assert str(refused.value).startswith(expected)
    assert tree(root) == {"a.py": b"a"}


def test_the_state_folder(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    home = journal.state_folder(root)
    assert home.parent == tmp_path / ".local" / "state" / "celery2dramatiq"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "states"))
    given = journal.state_folder(root)
    assert given == tmp_path / "states" / "celery2dramatiq" / home.name
    (tmp_path / "link").symlink_to("root")
    assert journal.state_folder(tmp_path / "link") == given
    assert journal.state_folder(tmp_path) != given
    fill(root, {"a.py": b"a"})
    write(root, [Change("a.py", b"a", b"A")])
    assert tree(root) == {"a.py": b"A"}
    assert interrupted(root) is None
    assert recover(root) is None
    assert list((tmp_path / "states" / "celery2dramatiq").iterdir()) == []


def test_no_home(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    fill(root, {"a.py": b"a"})
    assert interrupted(root) is None
    with pytest.raises(Refused, match=r"home directory\. Set XDG_STATE_HOME to"):
        write(root, [Change("a.py", b"a", b"A")])


def test_an_interrupted_write_is_rolled_back(
    root: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {"a.py": b"a", "b.py": b"b", "c.py": b"c", "gone/d.py": b"d", "e.py": b"e"}
    fill(root, before)
    (root / "gone" / "d.py").chmod(0o754)
    changes = [Change("gone/d.py", b"d", None), Change("x/y.py", None, b"y")]
    changes += [Change(name, old, b"new") for name, old in before.items() if name != "gone/d.py"]
    kill_before(monkeypatch, "c.py")
    with pytest.raises(Killed):
        write(root, changes, state)
    after = tree(root)
    assert "gone/d.py" not in after
    assert (after["a.py"], after["b.py"], after["c.py"]) == (b"new", b"new", b"c")
    text = "An earlier write of 6 files (gone/d.py, x/y.py, a.py and 3 more) was interrupted"
    assert interrupted(root, state) == f"{text}; the next apply rolls it back first."
    with pytest.raises(Refused, match="interrupted and must be rolled back first"):
        write(root, changes, state)
    assert tree(root) == after
    (root / "gone").rmdir()
    assert recover(root, state) == "An interrupted write of 6 files was rolled back."
    assert tree(root) == before
    assert not (root / "x").exists()
    assert stat.S_IMODE((root / "gone" / "d.py").stat().st_mode) == 0o754
    assert not state.exists()


def test_what_the_user_changed_since_is_kept(
    root: Path, state: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names = ["a.py", "b.py", "folder.py", "pkg/link.py", "missing.py", "last.py"]
    fill(root, {name: name.encode() for name in names})
    changes = [Change(name, name.encode(), b"new") for name in names]
    changes[3:3] = [Change("x/new.py", None, b"new"), Change("x/mine.py", None, b"new")]
    kill_before(monkeypatch, "last.py")
    with pytest.raises(Killed):
        write(root, changes, state)
    (root / "b.py").write_bytes(b"mine")
    (root / "folder.py").unlink()
    (root / "folder.py").mkdir()
    (root / "x" / "mine.py").write_bytes(b"mine")
    (root / "missing.py").unlink()
    (root / "pkg").rename(tmp_path / "pkg")
    (root / "pkg").symlink_to(tmp_path / "pkg")
    token = journal.load(state).token
    kept = state / f"kept-{token}"
    fill(kept, {"b.py": b"torn"})  # from a recovery that was killed, too
    assert recover(root, state) == (
        "An interrupted write of 8 files was rolled back; changed by someone else in the meantime "
        "and left as found: b.py, folder.py, x/mine.py, pkg/link.py, missing.py; "
        f"what was there before is in {kept}."
    )
    assert tree(root) == {
        "a.py": b"a.py",
        "b.py": b"mine",
        "last.py": b"last.py",
        "x/mine.py": b"mine",
    }
    assert (tmp_path / "pkg" / "link.py").read_bytes() == b"new"
    originals = ["b.py", "folder.py", "pkg/link.py", "missing.py"]
    assert tree(kept) == {name: name.encode() for name in originals}
    assert interrupted(root, state) is None
    write(root, [Change("a.py", b"a.py", b"A")], state)
    assert tree(kept) == {name: name.encode() for name in originals}


def test_a_changed_new_file_has_no_original(
    root: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(root, {"last.py": b"l"})
    kill_before(monkeypatch, "last.py")
    with pytest.raises(Killed):
        write(root, [Change("new.py", None, b"n"), Change("last.py", b"l", b"L")], state)
    (root / "new.py").write_bytes(b"mine")
    text = recover(root, state)
    assert text is not None
    assert text.endswith("and left as found: new.py.")
    assert tree(root) == {"new.py": b"mine", "last.py": b"l"}
    assert not state.exists()


def test_a_folder_that_became_a_file(
    root: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(root, {"pkg/a.py": b"a", "last.py": b"l"})
    kill_before(monkeypatch, "last.py")
    with pytest.raises(Killed):
        write(root, [Change("pkg/a.py", b"a", b"A"), Change("last.py", b"l", b"L")], state)
    (root / "pkg" / "a.py").unlink()
    for stray in (root / "pkg").iterdir():
        stray.unlink()
    (root / "pkg").rmdir()
    fill(root, {"pkg": b"mine"})
    text = recover(root, state)
    assert text is not None
    assert "left as found: pkg/a.py; what was there before is in" in text
    assert tree(root) == {"pkg": b"mine", "last.py": b"l"}


def test_changed_by_someone_else_while_writing(
    root: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replace(root: Path, entry: journal.Entry, change: Change) -> None:
        if entry.path == "b.py":
            (root / "b.py").write_bytes(b"mine")
        original(root, entry, change)

    original = transaction._replace
    monkeypatch.setattr(transaction, "_replace", replace)
    fill(root, {"a.py": b"a", "b.py": b"b"})
    with pytest.raises(WriteFailed) as failed:
        write(root, [Change("a.py", b"a", b"A"), Change("b.py", b"b", b"B")], state)
    kept = next(state.glob("kept-*"))
    assert str(failed.value) == (
        "b.py: changed by someone else while it was being written; everything was rolled back; "
        "changed by someone else in the meantime and left as found: b.py; "
        f"what was there before is in {kept}"
    )
    assert tree(root) == {"a.py": b"a", "b.py": b"mine"}
    assert tree(kept) == {"b.py": b"b"}


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"token": "t", "entries": [1], "folders": []}'])
def test_a_manifest_that_cannot_be_read(root: Path, state: Path, text: str) -> None:
    fill(state, {"manifest.json": text.encode(), "originals/a.py": b"a"})
    found = interrupted(root, state)
    assert found is not None
    assert found.startswith(f"An earlier write was interrupted: {state / 'manifest.json'} cannot")
    with pytest.raises(WriteFailed, match="so nothing was put back; the originals are in"):
        recover(root, state)
    assert (state / "originals" / "a.py").exists()


def test_an_original_that_is_missing(
    root: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(root, {"a.py": b"a", "b.py": b"b", "c.py": b"c"})
    kill_before(monkeypatch, "c.py")
    with pytest.raises(Killed):
        write(root, [Change(name, name[:1].encode(), b"new") for name in tree(root)], state)
    original = journal.original(state, "a.py")
    original.rename(state / "a.py")
    with pytest.raises(WriteFailed) as failed:
        recover(root, state)
    assert str(failed.value) == (
        "rolling back failed (a.py: No such file or directory); the originals are in "
        f"{state / 'originals'}, and the next run of apply tries again"
    )
    assert tree(root) == {"a.py": b"new", "b.py": b"b", "c.py": b"c"}
    (state / "a.py").rename(original)
    assert recover(root, state) is not None
    assert tree(root) == {"a.py": b"a", "b.py": b"b", "c.py": b"c"}


def test_a_roll_back_that_cannot_end_says_so(
    root: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def close(state: Path) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(state / "manifest.json"))

    fill(root, {"a.py": b"a", "b.py": b"b"})
    kill_before(monkeypatch, "b.py")
    with pytest.raises(Killed):
        write(root, [Change("a.py", b"a", b"A"), Change("b.py", b"b", b"B")], state)
    with monkeypatch.context() as patch:
        patch.setattr(journal, "close", close)
        with pytest.raises(
            WriteFailed, match=r"failed \(.*manifest\.json: Read-only file system\)"
        ):
            recover(root, state)
    assert tree(root) == {"a.py": b"a", "b.py": b"b"}
    assert recover(root, state) == "An interrupted write of 2 files was rolled back."
    assert not state.exists()


def test_what_a_killed_clean_up_left_is_removed(root: Path, state: Path) -> None:
    for name in ("originals/a.py", "manifest.new"):
        fill(state, {name: b"x", "lock": b""})
        assert interrupted(root, state) is None
        assert recover(root, state) is None
        assert not state.exists()
    fill(root, {"a.py": b"a"})
    fill(state, {"originals/a.py": b"x", "originals/b/c.py": b"x", "manifest.new": b"x"})
    write(root, [Change("a.py", b"a", b"A")], state)
    assert tree(root) == {"a.py": b"A"}
    assert not state.exists()


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EIO])
def test_folders_that_cannot_be_synced(
    root: Path, state: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fsync)
    fill(root, {"a.py": b"a"})
    change = Change("a.py", b"a", b"A")
    if number == errno.EIO:
        with pytest.raises(Refused, match=f"kept in {state}: Input/output error"):
            write(root, [change], state)
        assert tree(root) == {"a.py": b"a"}
    else:
        write(root, [change], state)
        assert tree(root) == {"a.py": b"A"}
    assert not state.exists()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs the names of descriptors")
def test_what_must_be_on_the_disk_before_the_next_step(
    root: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without power nothing is left but what was synced: files and the folders that name them."""
    root.rename(root.with_name("tree"))
    root = root.with_name("tree")
    fill(root, {"pkg/a.py": b"a", "b.py": b"b", "c.py": b"c"})
    steps: list[str] = []
    fsync, replace, unlink = os.fsync, Path.replace, Path.unlink

    def step(what: str, path: object) -> None:
        name = os.path.relpath(str(path), root.parent)
        shown = "temporary" if ".celery2dramatiq" in name else name
        steps.append(f"{what} {shown}")

    def synced(descriptor: int) -> None:
        step("sync", Path(f"/proc/self/fd/{descriptor}").readlink())
        fsync(descriptor)

    def replaced(old: Path, new: Path) -> Path:
        step("replace", new)
        return replace(old, new)

    def unlinked(path: Path, missing_ok: bool = False) -> None:
        if not missing_ok:
            step("unlink", path)
        unlink(path, missing_ok)

    changes = [
        Change("pkg/a.py", b"a", b"A"),
        Change("b.py", b"b", None),
        Change("new/d.py", None, b"d"),
    ]
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", synced)
        patch.setattr(Path, "replace", replaced)
        patch.setattr(Path, "unlink", unlinked)
        write(root, changes, state)
    assert steps == [
        "sync state/project/originals/pkg/a.py",
        "sync state/project/originals/b.py",
        "sync state/project/manifest.new",
        "sync state",
        "sync state/project",
        "sync state/project/originals",
        "sync state/project/originals/pkg",
        "replace state/project/manifest.json",
        "sync state/project",
        "sync temporary",
        "sync temporary",
        "replace tree/pkg/a.py",
        "unlink tree/b.py",
        "replace tree/new/d.py",
        "sync tree",
        "sync tree/new",
        "sync tree/pkg",
        "unlink state/project/manifest.json",
        "sync state/project",
        "unlink state/project/lock",
    ]
