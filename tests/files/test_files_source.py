import codecs
import os
from pathlib import Path
from typing import NoReturn

import pytest

from celery2dramatiq.files import Source, Unreadable, decode, read


def source(data: bytes) -> Source:
    found = decode("a.py", data)
    assert isinstance(found, Source), found
    return found


def unreadable(data: bytes) -> Unreadable:
    found = decode("a.py", data)
    assert isinstance(found, Unreadable), found
    return found


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (b"", "", "utf-8"),
        (b"x = 1", "x = 1", "utf-8"),
        (b"x = 1\r\ny = 2\r\n", "x = 1\r\ny = 2\r\n", "utf-8"),
        (b"x = 1\ry = 2\r", "x = 1\ry = 2\r", "utf-8"),
        (b"x = 1\r\ny = 2\nz = 3\r", "x = 1\r\ny = 2\nz = 3\r", "utf-8"),
        (b"\x0c\nx = 1\x0c\n\x0b\x1c\x85"[:8], "\x0c\nx = 1\x0c", "utf-8"),
        (b"if 1:\n\tx = '\xc3\xa9'\n", "if 1:\n\tx = 'é'\n", "utf-8"),
        ("s = '\u2028\x85'".encode(), "s = '\u2028\x85'", "utf-8"),
        (b"# coding: latin-1\nx = '\xe9'", "# coding: latin-1\nx = 'é'", "iso-8859-1"),
        (b"#!/x\n# -*- coding: cp1252 -*-\n\x80", "#!/x\n# -*- coding: cp1252 -*-\n€", "cp1252"),
        (b"#!/x\r# coding: latin-1\r\xe9", "#!/x\r# coding: latin-1\ré", "iso-8859-1"),
        (b"# coding: gbk\n\xc4\xe3", "# coding: gbk\n你", "gbk"),
        (b"# \xe9\n# coding: latin-1\n", "# é\n# coding: latin-1\n", "iso-8859-1"),
        (b"# \xe9 coding: latin-1\n", "# é coding: latin-1\n", "iso-8859-1"),
        (b"# coding: utf-8-sig\n", "# coding: utf-8-sig\n", "utf-8"),
        (b"# x\rx = 'coding: none'", "# x\rx = 'coding: none'", "utf-8"),
        (b"x\n\n# coding: latin-1\n", "x\n\n# coding: latin-1\n", "utf-8"),
    ],
)
def test_bytes_come_back(data: bytes, text: str, encoding: str) -> None:
    found = source(data)
    assert (found.path, found.data, found.bom) == ("a.py", data, b"")
    assert (found.text, found.encoding) == (text, encoding)
    assert found.encode(text) == data


@pytest.mark.parametrize("rest", [b"x = 1\r\n", b"", b"# coding: utf-8\nx = '\xc3\xa9'"])
def test_a_bom_is_kept_outside_the_text(rest: bytes) -> None:
    found = source(codecs.BOM_UTF8 + rest)
    assert (found.bom, found.encoding, found.text) == (codecs.BOM_UTF8, "utf-8", rest.decode())
    assert found.encode("y") == codecs.BOM_UTF8 + b"y"


def test_only_the_first_bom_is_one() -> None:
    data = codecs.BOM_UTF8 * 2 + b"x"
    assert source(data).text == "\ufeffx"
    assert source(data).encode("\ufeffx") == data


def test_what_the_encoding_lacks_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"latin-1|iso-8859-1"):
        source(b"# coding: latin-1\n").encode("€")


@pytest.mark.parametrize(
    ("data", "reason", "line"),
    [
        (b"x = 1\r\n\ry = '\xff'\n", "not valid utf-8: byte 0xff", 3),
        (b"\xffx", "not valid utf-8: byte 0xff", 1),
        (codecs.BOM_UTF8 + b"\nx = '\xe9'\n", "not valid utf-8: byte 0xe9", 2),
        (b"# coding: ascii\n\n\xe9", "not valid ascii: byte 0xe9", 3),
        (b"a\nb\0c", "contains NUL bytes", 2),
        (codecs.BOM_UTF16_LE + b"x\0", "UTF-16 or UTF-32, which Python does not read", None),
        (codecs.BOM_UTF16_BE + b"\0x", "UTF-16 or UTF-32, which Python does not read", None),
        (b"# coding: klingon\n", "unknown encoding: klingon", None),
        (codecs.BOM_UTF8 + b"# coding: latin-1\n", "encoding problem: utf-8", None),
        (b"# coding: rot13\n", "rot13: 'rot13' is not a text encoding", None),
        (b"# coding: undefined\n", "undefined cannot be the encoding", None),
        (b"# coding: utf-16-le \n", "utf-16-le cannot be the encoding of Python source", None),
        (b"# coding: utf-32-be \n", "utf-32-be cannot be the encoding of Python source", None),
        (b"# coding: cp500\n", "cp500 cannot be the encoding of Python source", None),
        (b"# coding: utf-7\n#+AOk-\n#+AGE-", "utf-7 does not give the same bytes back", None),
    ],
)
def test_what_is_no_source_has_a_reason(data: bytes, reason: str, line: int | None) -> None:
    found = unreadable(data)
    assert found.reason.startswith(reason)
    assert (found.path, found.line, found.mentions_celery) == ("a.py", line, False)


@pytest.mark.parametrize(
    "data",
    [
        b"from celery import Celery\n\xff",
        b"CELERY_BROKER_URL = '\xff'",
        "\ufefffrom Celery".encode("utf-16-le"),
        b"# coding: klingon\nimport celery",
        b"import celery\n\0",
    ],
)
def test_whether_it_mentions_celery(data: bytes) -> None:
    assert unreadable(data).mentions_celery


def test_read(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "é\udcff.py").write_bytes(b"x\r\n")
    assert read(tmp_path, "pkg/é\udcff.py") == Source(
        "pkg/é\udcff.py", b"x\r\n", "x\r\n", "utf-8", b""
    )


def test_read_follows_a_link_inside_the_root_only(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.py").write_bytes(b"a")
    (tmp_path / "b.py").write_bytes(b"import celery")
    (root / "in.py").symlink_to("a.py")
    (root / "out.py").symlink_to("../b.py")
    (root / "loop.py").symlink_to("loop.py")
    assert read(root, "in.py") == Source("in.py", b"a", "a", "utf-8", b"")
    for path in ("out.py", "../b.py"):
        assert read(root, path) == Unreadable(path, "leads out of the project", None, False)
    loop = read(root, "loop.py")
    assert isinstance(loop, Unreadable)
    assert "symbolic links" in loop.reason


def test_read_does_not_wait_for_a_fifo(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    for path in ("pipe.py", "."):
        assert read(tmp_path, path) == Unreadable(path, "not a regular file", None, False)


def test_what_is_gone_mentions_nothing(tmp_path: Path) -> None:
    gone = Unreadable("a.py", "No such file or directory", None, False)
    assert read(tmp_path, "a.py") == gone


def test_what_cannot_be_opened_may_mention_celery(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(path: Path, mode: str) -> NoReturn:
        raise PermissionError(13, "Permission denied", str(path))

    (tmp_path / "a.py").write_bytes(b"")
    monkeypatch.setattr(Path, "open", closed)
    assert read(tmp_path, "a.py") == Unreadable("a.py", "Permission denied", None, True)
