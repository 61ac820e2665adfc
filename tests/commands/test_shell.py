"""Shell text: words with their places."""

import shlex

import pytest

from celery2dramatiq.commands.shell import Unbalanced, Word, lines
from celery2dramatiq.commands.stretch import plain


def words_of(text: str) -> list[list[str]]:
    return [[word.text for word in line] for line in lines(plain(text, 0, len(text)))]


def only(text: str) -> Word:
    ((word,),) = lines(plain(text, 0, len(text)))
    return word


@pytest.mark.parametrize(
    "text",
    [
        "celery -A proj worker",
        "celery  -A\tproj 'a b' \"c 'd' e\" f\\ g",
        'echo "a\\"b" "c\\d" \'e\\f\'',
        'a\'\'b "" c="d e"',
    ],
)
def test_splits_as_the_standard_library(text: str) -> None:
    assert words_of(text) == [shlex.split(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b; c & d && e || f | g\nh", [["a", "b"], *([x] for x in "cdefgh")]),
        ("(a b)", [["a", "b"]]),
        ("a \\\n  b \\\r\n c", [["a", "b", "c"]]),
        ("a\\\nb 'c\\\nd' \"e\\\nf\"", [["ab", "c\\\nd", "ef"]]),
        ("a # b\nc#d", [["a"], ["c#d"]]),
        ("a > b c 2>&1 >>d <e &>f", [["a", "c"]]),
        ("a 2 > b", [["a", "2"]]),
        ("cat <<EOF b\nworker x\nEOF\nc", [["cat", "b"], ["c"]]),
        ("cat <<-'E'\nx\n\tE\nc", [["cat"], ["c"]]),
        ("cat <<EOF\nnever closed", [["cat"]]),
        ("a <<< b c", [["a", "c"]]),
        ("a >", [["a"]]),
        ("a >;b", [["a"], ["b"]]),
        ("a \\", None),
        ("", []),
        ("# a", []),
        ("a $(b c) d", [["a", "$(b c)", "d"], ["b", "c"]]),
        ('a "$(b "c d")"', [["a", '$(b "c d")'], ["b", "c d"]]),
        ("a `b c`", [["a", "`b c`"], ["b", "c"]]),
        ("a ${b:-c d} $e {{ f g }} %(h)s ${{ i }}",
         [["a", "${b:-c d}", "$e", "{{ f g }}", "%(h)s", "${{ i }}"]]),
    ],
)  # fmt: skip
def test_commands_and_words(text: str, expected: "list[list[str]] | None") -> None:
    if expected is None:
        with pytest.raises(Unbalanced):
            words_of(text)
    else:
        assert words_of(text) == expected


@pytest.mark.parametrize("text", ["'a", '"a', "`a", "$(a", "${a", "a \\", "{{ a", '"a\\'])
def test_what_is_never_closed(text: str) -> None:
    with pytest.raises(Unbalanced):
        words_of(text)


@pytest.mark.parametrize("text", ["$a", '"$a"', "a$(b)", "`a`", "{{a}}", "%(a)s", "${a}"])
def test_computed(text: str) -> None:
    assert next(iter(next(iter(lines(plain(text, 0, len(text))))))).computed


@pytest.mark.parametrize("text", ["a", "'$a'", "'`a`'", "\\$a", '"\\$a"', "a%b"])
def test_not_computed(text: str) -> None:
    assert not only(text).computed


def test_places() -> None:
    text = "x; a  \\\n 'b c'"
    _, (first, second) = lines(plain(text, 0, len(text)))
    assert text[first.start : first.end] == "a"
    assert text[second.start : second.end] == "'b c'"
    assert text[second.gap : second.start] == "  \\\n "
    assert text[second.value.start : second.value.end] == "b c"


def test_places_in_a_part_of_a_file() -> None:
    text = "worker: a b"
    ((first, second),) = lines(plain(text, 8, len(text)))
    assert (first.start, first.end, second.start) == (8, 9, 10)
    assert first.value[0] == "a"
