"""What a project has made of its helpers."""

from celery2dramatiq.templates import compose
from celery2dramatiq.templates.own import differing

SHORT = """
import dramatiq
from dramatiq.brokers.redis import RedisBroker


def make_broker(url, results=None):
    return RedisBroker(url=url)
"""


def test_nothing_is_said_of_what_was_written() -> None:
    assert not list(differing(compose(["make_broker", "retry", "max_age"])))


def test_layout_annotations_and_docstrings_make_no_difference() -> None:
    text = "async def other(): ...\n\ndef milliseconds( seconds ):\n  'Mine.'\n"
    text += "  return (None if seconds is None\n          else int(seconds*1000))\n"
    assert not list(differing(text))


def test_a_shorter_one_is_told_with_what_it_lacks() -> None:
    ((name, line, lacks),) = differing(SHORT)
    assert (name, line) == ("make_broker", 6)
    assert lacks.startswith("`broker_transport_options`, `broker_use_ssl`, `max_priority`, ")
    assert lacks.endswith(" more")


def test_one_that_lacks_nothing() -> None:
    text = "def milliseconds(seconds):\n    float\n    return None if seconds else int(seconds)\n"
    assert list(differing(text)) == [("milliseconds", 1, "")]


def test_a_module_that_is_not_python() -> None:
    assert not list(differing("def :"))
