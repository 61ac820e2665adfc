"""Text that is put into a file's text."""

import pytest

from celery2dramatiq.specs import Splice
from celery2dramatiq.splice import splice


def test_only_what_is_spliced_changes() -> None:
    after = splice("a = 1\r\nb = 2\n", [Splice(4, 5, "one"), Splice(7, 8, "c")])
    assert after == "a = one\r\nc = 2\n"


def test_insertions_at_one_place_keep_their_order() -> None:
    assert splice("ad", [Splice(1, 1, "b"), Splice(1, 1, "c")]) == "abcd"


def test_nothing() -> None:
    assert splice("a", []) == "a"


@pytest.mark.parametrize("second", [Splice(1, 3, ""), Splice(0, 1, ""), Splice(4, 9, "")])
def test_overlap(second: Splice) -> None:
    with pytest.raises(ValueError, match="two edits overlap"):
        splice("abcdef", [Splice(0, 2, ""), second])
