"""What is promised of awkward trees, on both commands, to root and to an ordinary user."""

import json
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.sample import APP, BROKEN, PACKAGE, SENDS, WHOLE, call, commit, project, tree, write

NOBODY = 65534
SENT = SENDS.replace(".delay(", ".send(")


@pytest.fixture(scope="module")
def loaded() -> None:
    """Import what commands import when they run: another user may not read where it lies."""
    with tempfile.TemporaryDirectory() as name:
        project(Path(name), WHOLE)
        assert call("apply", "--root", name).exit_code == 0


@pytest.fixture(params=["root", "user"])
def home(
    request: pytest.FixtureRequest, loaded: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Be root, or an ordinary user, in a folder of one's own."""
    if request.param == "root" and os.getuid() != 0:
        pytest.skip("only root is root")
    with tempfile.TemporaryDirectory() as name:
        monkeypatch.setenv("XDG_STATE_HOME", f"{name}/state")
        other = request.param == "user" and os.getuid() == 0
        if other:
            os.chown(name, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, 0)
        try:
            (Path(name) / "project").mkdir()
            monkeypatch.chdir(f"{name}/project")
            yield Path(name) / "project"
        finally:
            if other:
                os.setresuid(0, 0, 0)
            os.chdir("/")


def report(*command: str) -> dict[str, Any]:
    result = call(*command, "--format", "json")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    found: dict[str, Any] = json.loads(result.stdout) if result.stdout else {}
    return {**found, "code": result.exit_code, "errors": result.stderr}


def status(found: dict[str, Any], path: str) -> str:
    (one,) = (file["status"] for file in found["files"] if file["path"] == path)
    return str(one)


def skipped(found: dict[str, Any]) -> dict[str, str]:
    return {file["path"]: file["reason"] for file in found["files"] if file["status"] == "skipped"}


def check_second_run(home: Path) -> None:
    before = tree(home)
    found = report("apply", "--allow-dirty")
    assert (found["edits"], found["created"], tree(home)) == ([], [], before)


ODD = {
    "crlf.py": SENDS.replace("\n", "\r\n").encode(),
    "mixed.py": b"x = 1\r\n" + SENDS.encode() + b"\r\n",
    "bom.py": b"\xef\xbb\xbf" + SENDS.encode(),
    "latin.py": b"# coding: latin-1\nname = '\xe9\xff'\n" + SENDS.encode(),
    "euc.py": "# -*- coding: euc-jp -*-\nname = '\u65e5\u672c'\n".encode("euc-jp") + SENDS.encode(),
    "tabs.py": b"if True:\n\tfrom shop.tasks import add\n\n\tadd.delay(1, 2)\n",
    "feed.py": b"x = 1\n\x0c\n" + SENDS.encode(),
    "no_end.py": SENDS.rstrip().encode(),
    "space.py": SENDS.encode() + b"  \n\n",
    "continued.py": b"from shop.tasks import add\n\nadd. \\\n    delay(1,  2 )  # why\n",
    "odd name [x] 100%.py": SENDS.encode(),
    "\u65e5\u672c.py": SENDS.encode(),
    "new\nline.py": SENDS.encode(),
    os.fsdecode(b"not-utf8-\xff.py"): SENDS.encode(),
}


@pytest.mark.parametrize("name", ODD)
def test_every_byte_outside_an_edit_is_kept(home: Path, name: str) -> None:
    write(home, {**WHOLE, name: ODD[name]})
    (home / name).chmod(0o755)
    commit(home)
    assert status(report("scan"), os.fsencode(name).decode(errors="backslashreplace")) == "changed"
    assert report("apply")["code"] == 0
    assert tree(home)[name] == ODD[name].replace(b"delay(", b"send(")
    assert stat.S_IMODE((home / name).stat().st_mode) == 0o755
    check_second_run(home)


UNREADABLE = {
    "utf8.py": (b"import celery\nx = '\xff'\n", "not valid utf-8: byte 0xff"),
    "cookie.py": (b"# coding: nonsense\nimport celery\n", "unknown encoding: nonsense"),
    "syntax.py": (b"import celery\nx = = 1\n", "invalid syntax"),
    "python2.py": (b"import celery\nprint 'x'\n", "Missing parentheses"),
    "nul.py": (b"import celery\n\0\n", "contains NUL bytes"),
    "utf16.py": ("import celery\n".encode("utf-16"), "UTF-16 or UTF-32"),
    "deep.py": (b"import celery\nx = " + b"(" * 3000 + b")" * 3000, "too many nested"),
}


PARSED = ("syntax.py", "python2.py", "deep.py")  # only what may have to do with Celery is


@pytest.mark.parametrize("celery", [True, False])
@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_named(home: Path, name: str, celery: bool) -> None:
    data, reason = UNREADABLE[name]
    if not celery:
        data = data.replace(b"celery", b"json  ").replace("celery".encode("utf-16-le"), b"")
    project(home, {**WHOLE, name: data})
    for command in ("scan", "apply"):
        found = report(command)
        assert found["code"] == (3 if celery else 0)
        if celery or name not in PARSED:
            assert list(skipped(found)) == [name]
            assert reason in skipped(found)[name]
        else:
            assert status(found, name) == "unchanged"
    assert tree(home)[name] == data
    assert b"add.send(1, 2)" in tree(home)["shop/views.py"]


DEEP = {
    "elifs.py": "if x == 0:\n    pass\n" + "".join(f"elif x == {n}:\n    y\n" for n in range(1500)),
    "parens.py": "x = " + "(" * 190 + "1" + ")" * 190 + "\n",
    "sum.py": "x = " + " + ".join("1" * 3000) + "\n",
    "calls.py": "x = a" + ".b()" * 900 + "\n",
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_nesting_ends_nothing(home: Path, name: str) -> None:
    project(home, {**WHOLE, name: SENDS + DEEP[name]})
    found = report("apply")
    after = tree(home)[name].decode()
    if skipped(found):  # how deep is too deep depends on the Python that runs
        assert "deeply" in skipped(found)[name]
        assert after == SENDS + DEEP[name]
        assert [task["name"] for task in found["tasks"] if task["moves"]] == ["shop.mail"]
    else:
        assert after == SENT + DEEP[name]
    check_second_run(home)


@pytest.mark.parametrize("path", ["shop/views.py", "shop"])
def test_what_may_not_be_written_is_refused_before_anything_is(home: Path, path: str) -> None:
    project(home)
    mode = (home / path).stat().st_mode
    (home / path).chmod(mode & ~0o222)
    before = tree(home)
    assert report("scan")["code"] == 0
    found = report("apply")
    assert (found["code"], tree(home)) == (4, before)
    assert "shop/views.py" in found["errors"]
    assert "read-only" in found["errors"]
    (home / path).chmod(mode)


def _inside(home: Path) -> None:
    (home / "linked.py").symlink_to("shop/views.py")


def _outside(home: Path) -> None:
    (home.parent / "outside.py").write_text(SENDS)
    (home / "linked.py").symlink_to("../outside.py")


def _cycle(home: Path) -> None:
    (home / "linked.py").symlink_to("again.py")
    (home / "again.py").symlink_to("linked.py")
    (home / "folder").symlink_to(".")


def _broken(home: Path) -> None:
    (home / "linked.py").symlink_to("gone.py")


def _fifo(home: Path) -> None:
    os.mkfifo(home / "pipe.py")


@pytest.mark.parametrize("make", [_inside, _outside, _cycle, _broken, _fifo])
@pytest.mark.parametrize("git", [True, False])
def test_links_and_what_is_no_file(home: Path, make: Callable[[Path], None], git: bool) -> None:
    write(home, WHOLE)
    make(home)
    links = {path: path.readlink() for path in home.rglob("*") if path.is_symlink()}
    if git:
        commit(home)
    assert report("scan")["code"] == 0
    found = report("apply", "--allow-no-vcs")
    assert found["code"] == 0
    assert [edit["path"] for edit in found["edits"]].count("shop/views.py") == 1
    assert (home / "shop/views.py").read_text() == SENT
    assert {path: path.readlink() for path in home.rglob("*") if path.is_symlink()} == links
    if make is _outside:
        assert (home.parent / "outside.py").read_text() == SENDS


ASIDE = (".venv", "venv", "node_modules", "build", "dist", ".tox", ".nox", "site-packages")


@pytest.mark.parametrize("git", [True, False])
def test_what_is_left_aside(home: Path, git: bool) -> None:
    files = {f"{folder}/lib.py": SENDS for folder in ASIDE}
    write(home, {**WHOLE, ".gitignore": "secret\n"})
    if git:
        commit(home)  # what is tracked is the project's own, whatever its name
    write(home, {**files, "secret/lib.py": SENDS})
    assert "not looked at" in call("scan").stdout
    assert report("apply", "--allow-no-vcs")["code"] == 0
    after = tree(home)
    assert {after[name] for name in [*files, "secret/lib.py"]} == {SENDS.encode()}


def test_a_file_that_changes_after_it_was_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(home)

    def late(text: str, edit: object) -> str:
        (home / "shop/views.py").write_text(f"# mine\n{SENDS}")
        return text.replace("delay", "send")

    monkeypatch.setattr("celery2dramatiq.rewrite.rewrite", late)
    monkeypatch.setattr("celery2dramatiq.run.Run._after", lambda run: run.project)
    monkeypatch.setattr("celery2dramatiq.run.Run.compute", _only_once)
    found = report("apply", "--allow-dirty")
    assert found["code"] == 4
    assert tree(home) == {
        name: text.encode() if isinstance(text, str) else text
        for name, text in {**WHOLE, "shop/views.py": f"# mine\n{SENDS}"}.items()
    }


def _only_once(run: Any, *_: object) -> None:
    from celery2dramatiq.draft import carry_out

    run._draft, run.computed = carry_out(run.project, run.options), True


def test_the_second_run_has_nothing_to_do(home: Path) -> None:
    project(home)
    assert report("apply")["code"] == 0
    check_second_run(home)


def test_what_is_incomplete_does_the_rest(home: Path) -> None:
    project(home, BROKEN)
    for command in ("scan", "apply"):
        assert report(command)["code"] == 3
    assert b"add.send(1, 2)" in tree(home)["shop/views.py"]


def test_no_tree_at_all(home: Path) -> None:
    for command in ("scan", "apply"):
        assert report(command)["code"] == 0
    assert tree(home) == {}


NO_NETWORK = """
import os, sys
def watch(event, arguments):
    if event.startswith(("socket.connect", "socket.getaddr", "socket.send", "socket.bind")):
        os.write(2, event.encode())
        os._exit(99)
sys.addaudithook(watch)
"""


@pytest.mark.parametrize("command", ["scan", "apply"])
def test_nothing_read_is_run_and_nothing_is_sent(root: Path, command: str) -> None:
    from tests.cli.sample import start

    trap = "open('/dev/null'); raise SystemExit('it was run')\n"
    files = {
        "shop/__init__.py": trap,
        "conftest.py": trap,
        "setup.py": trap,
        "sitecustomize.py": trap,
    }
    project(root, {**PACKAGE, **files, "shop/app.py": trap + APP})
    result = start(command, "--format", "json", cwd=root, first=NO_NETWORK)
    assert (result.returncode, result.stderr) == (0, b"")
    assert json.loads(result.stdout)["totals"]
