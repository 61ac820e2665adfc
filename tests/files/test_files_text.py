"""Project files that are no Python source."""

from pathlib import Path

from celery2dramatiq.files import Source, Unreadable, decode_text, read_text
from celery2dramatiq.files.text import LARGEST


def test_line_ends_and_bom_stay() -> None:
    data = b"\xef\xbb\xbfweb: a\r\nworker: caf\xc3\xa9\r"
    source = decode_text("Procfile", data)
    assert isinstance(source, Source)
    assert source.text == "web: a\r\nworker: café\r"
    assert source.encode(source.text) == data


def test_coding_cookie_means_nothing() -> None:
    data = "# coding: latin-1\nworker: café\n".encode()
    source = decode_text("Procfile", data)
    assert isinstance(source, Source)
    assert source.encoding == "utf-8"


def test_other_encodings_are_not_guessed() -> None:
    result = decode_text("requirements.txt", b"\xef\xbb\xbf# caf\xc3\xa9\n# caf\xe9\nCelery\n")
    assert result == Unreadable("requirements.txt", "not valid utf-8: byte 0xe9", 2, True)
    assert decode_text("x.txt", b"\xff") == Unreadable(
        "x.txt", "not valid utf-8: byte 0xff", 1, False
    )


def test_no_text() -> None:
    assert decode_text("logo.png", b"\x89PNG\0") is None
    assert decode_text("big.lock", b"a" * (LARGEST + 1)) is None


def test_read(tmp_path: Path) -> None:
    (tmp_path / "Procfile").write_bytes(b"worker: a\n")
    (tmp_path / "away").symlink_to("/")
    found = read_text(tmp_path, "Procfile")
    assert isinstance(found, Source)
    assert found.data == b"worker: a\n"
    assert read_text(tmp_path, "away") == Unreadable(
        "away", "leads out of the project", None, False
    )
    gone = read_text(tmp_path, "gone")
    assert isinstance(gone, Unreadable)
    assert not gone.mentions_celery
