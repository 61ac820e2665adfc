"""Mocks of tasks: in which forms they are followed, and what is said where they are not."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from tests.projects import migrated, planned

TASKS = """\
from celery import Celery

app = Celery("p", broker="redis://")


@app.task
def add(x): ...
"""
BOUND = """\
@app.task(bind=True)
def add(self, x):
    raise self.retry()"""
CODE = """\
from tasks import add


def go(x):
    add(x)
    add.apply_async((x,), countdown=5)
"""
HEAD = """\
import contextlib
from unittest import mock
from unittest.mock import MagicMock, Mock, call, create_autospec, patch

import code_
import tasks
from celery.exceptions import Retry

MODULE = "code_"
OTHER = MODULE + ".add.delay"

"""


def after(test: str, code: str = CODE, **more: str) -> str:
    """Return what a test module becomes, without its head."""
    files = {"tasks.py": TASKS, "code_.py": code, "test_it.py": HEAD + dedent(test), **more}
    return migrated(files)["test_it.py"].removeprefix(HEAD)


def codes(test: str, code: str = CODE, **more: str) -> set[str]:
    """Return the codes of what is left to do in a test module."""
    files = {"tasks.py": TASKS, "code_.py": code, "test_it.py": HEAD + dedent(test), **more}
    found = planned(files).findings
    return {
        one.row.code for one in found if one.place.path == "test_it.py" and one.action == "MANUAL"
    }


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("patch(MODULE + '.add.delay')", "patch(MODULE + '.add.send')"),
        ("patch(target='code_.add.delay')", "patch(target='code_.add.send')"),
        ("tasks.add.apply_async.assert_called()", "tasks.add.send_with_options.assert_called()"),
        ("patch('code_.' 'add.delay')", "patch('code_.' 'add.send')"),
        ("patch('code_.add.run')", "patch('code_.add.fn')"),
        ("patch.object(code_.add, 'delay')", "patch.object(code_.add, 'send')"),
        ("patch.object(tasks.add, attribute='delay')", None),
        ("patch('code_.add.apply_async')", "patch('code_.add.send_with_options')"),
        ("patch('code_.other.delay')", "patch('code_.other.delay')"),
        ("patch('requests.get')", "patch('requests.get')"),
        (
            "patch('code_.add.delay', return_value=None)",
            "patch('code_.add.send', return_value=None)",
        ),
        (
            "patch('code_.add.delay', return_value=Mock(id=1))",
            "patch('code_.add.send', return_value=Mock(message_id=1))",
        ),
        ("patch(*names)", "patch(*names)"),
        ("patch.object(code_.add, name)", "patch.object(code_.add, name)"),
    ],
)
def test_what_is_patched(before: str, now: str | None) -> None:
    wanted = now if now is not None else before.replace("delay", "send")
    assert after(f"f({before})\n") == f"f({wanted})\n"


@pytest.mark.parametrize(
    ("test", "code"),
    [
        ("patch(OTHER)", "C2D862"),
        ("patch(f'{MODULE}.add.delay')", "C2D862"),
        ("patch('code_.add.s')", "C2D862"),
        ("patch('code_.add.retry')", "C2D862"),
        ("patch('code_.add', new=Fake)", "C2D868"),
        ("patch('code_.add', Mock(delay=Mock()))", "C2D868"),
        ("patch('code_.add.delay', return_value=made())", "C2D869"),
        ("unknown.delay.assert_not_called()", "C2D865"),
        ("raise Retry('x', ValueError())", "C2D904"),
        ("print(tasks.add.delay.__name__)", "C2D901"),
        ("patch('code_.add').start.delay.called", "C2D865"),
        ("def test(m):\n    m.delay = Mock()", "C2D865"),
    ],
)
def test_what_is_left(test: str, code: str) -> None:
    assert codes(f"{test}\n") == {code}


@pytest.mark.parametrize("name", ["add", "other"])
def test_a_task_that_stays_is_mocked_as_before(name: str) -> None:
    code = "from tasks import add\n\n\nclass Kept:\n    add = add\n"
    assert (
        after(f"patch('code_.Kept.{name}.delay')\n", code) == f"patch('code_.Kept.{name}.delay')\n"
    )


def test_a_task_that_is_sent_in_two_ways() -> None:
    code = f"{CODE}    add.apply_async()\n"
    assert codes("patch('code_.add.apply_async')\n", code) == {"C2D863"}


def test_a_task_that_is_sent_without_options() -> None:
    code = "from tasks import add\n\n\ndef go():\n    add.apply_async()\n"
    test = "with patch('code_.add') as m:\n    m.apply_async.assert_called_with()\n"
    assert "m.send.assert_called_with()" in after(test, code)


def test_a_task_in_a_canvas() -> None:
    code = "from tasks import add\n\n\ndef go():\n    add.s(1).apply_async()\n"
    assert "C2D863" in codes("with patch('code_.add') as m:\n    m.apply_async.called\n", code)


TOLD = [
    ("m.configure_mock(delay=Mock())", "m.configure_mock(send=Mock())"),
    ("m.configure_mock(name='x')", "m.configure_mock(name='x')"),
    (
        "n = Mock(name='x', delay=mock.MagicMock(side_effect=OSError('x')))\npatch('code_.add', n)",
        "n = Mock(name='x', send=mock.MagicMock(side_effect=OSError('x')))\npatch('code_.add', n)",
    ),
    (
        "n = Mock(tasks.add, apply_async=Mock(return_value=None))",
        "n = Mock(tasks.add, send_with_options=Mock(return_value=None))",
    ),
    ("m.assert_has_calls([call.delay(1)])", "m.assert_has_calls([call.send(1)])"),
    ("m.assert_has_calls([call(1)])", "m.assert_has_calls([call(1)])"),
]


@pytest.mark.parametrize(("before", "now"), TOLD)
def test_what_a_mock_is_told(before: str, now: str) -> None:
    head = "with patch('code_.add') as m:\n"
    assert after(head + indent(before, "    ") + "\n") == head + indent(now, "    ") + "\n"


@pytest.mark.parametrize(
    "line",
    [
        "m.configure_mock(delay=made())",
        "m.configure_mock(s=Mock())",
        "m.configure_mock(**{'delay': Mock()})",
        "m.configure_mock(**{'delay.return_value.id': 1})",
        "m.configure_mock(**told)",
        "m.delay.configure_mock(return_value=made())",
        "m.configure_mock",
        "m.assert_has_calls(calls)",
        "m.assert_has_calls([call.apply_async((1,))])",
        "n = Mock(delay=made())\npatch('code_.add', n)",
        "n = Mock(**told)\npatch('code_.add', n)",
        "m = create_autospec(tasks.add.delay, x=1)",
        "patch('code_.add', **{'delay.return_value.id': 1})",
        "patch('code_.add', delay=Mock())",
        "patch('code_.add.delay', **told)",
    ],
)
def test_what_a_mock_cannot_be_told(line: str) -> None:
    head = "with patch('code_.add') as m:\n"
    assert codes(head + indent(line, "    ") + "\n") == {"C2D862"}


def test_a_launcher_of_a_task_in_a_canvas() -> None:
    code = "from tasks import add\n\n\ndef go():\n    add.s(1).apply_async()\n"
    assert codes("tasks.add.apply_async.assert_called()\n", code) == {"C2D901"}


FOLLOWED = {
    "stack": """
        def test():
            with contextlib.ExitStack() as stack:
                m = stack.enter_context(patch("code_.add"))
                m.delay.assert_not_called()
        """,
    "started": """
        def test():
            patcher = mock.patch("code_.add")
            m = patcher.start()
            m.delay.assert_not_called()
        """,
    "class": """
        class Base:
            def setUp(self):
                self.m = patch("code_.add").start()


        class TestIt(Base):
            def test(self):
                self.m.delay.assert_not_called()
        """,
    "static": """
        class TestIt:
            @staticmethod
            @patch("code_.add")
            def test(m):
                m.delay.assert_not_called()
        """,
    "of a mock": """
        def test():
            with patch("code_.add") as m, patch.object(m, "delay") as sent:
                m.delay.assert_not_called()
                sent.assert_not_called()
        """,
    "fixture beside others": """
        def plain(): ...


        @mock.patch.object(mock, "call")
        def also_plain(): ...


        @fixture
        def m():
            def inner():
                return 1

            with patch("code_.add") as found:
                yield found


        def test():
            def asks(m):
                m.delay.assert_not_called()
        """,
    "by an object": """
        add = tasks.add
        m = Mock(spec=add)
        m.delay.assert_not_called()
        """,
}


@pytest.mark.parametrize("test", FOLLOWED.values(), ids=FOLLOWED)
def test_mocks_are_followed(test: str) -> None:
    assert after(test) == dedent(test).replace("delay", "send")


ON_MOCK = [
    ("m.delay.return_value.task_id = 1", "m.send.return_value.message_id = 1"),
    ("m.delay(1).id", "m.send(1).message_id"),
    ("m.name = 'x'", "m.actor_name = 'x'"),
    ("m.run.called", "m.fn.called"),
    ("m(1)", "m(1)"),
    ("f(m)", "f(m)"),
    ("m.assert_called_with(1)", "m.assert_called_with(1)"),
    ("f(m.apply_async)", "f(m.send_with_options)"),
    ("m.apply_async.return_value.id = 1", "m.send_with_options.return_value.message_id = 1"),
    ("m.apply_async.call_args[1]['kwargs']", "m.send_with_options.call_args[1]['kwargs']"),
    ("m.delay.return_value", "m.send.return_value"),
    ("m.delay.call_args_list[0][1].get('x')", "m.send.call_args_list[0][1].get('x')"),
    ("m.apply_async.call_args[0][1]", "m.send_with_options.call_args[1]['kwargs']"),
]


@pytest.mark.parametrize(("before", "now"), ON_MOCK)
def test_what_is_asked_of_a_mock(before: str, now: str) -> None:
    head = "with patch('code_.add') as m:\n"
    wanted = now.replace("'kwargs'", '"kwargs"') if "[0]" in before else now
    found = after(head + indent(before, "    ") + "\n")
    assert found.replace('"', "'") == (head + indent(wanted, "    ") + "\n").replace('"', "'")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("m.s.called", "C2D862"),
        ("m.retry.called", "C2D862"),
        ("m.mock_calls", "C2D862"),
        ("m.delay.return_value.get.return_value = 3", "C2D862"),
        ("m.delay.return_value = made()", "C2D869"),
        ("m.mock_calls[0]", "C2D862"),
        ("m.apply_async.call_args[0][2]", "C2D864"),
        ("m.apply_async.call_args.kwargs['countdown']", "C2D864"),
        ("m.apply_async.assert_called_with(*a)", "C2D864"),
        ("m.apply_async.assert_called_with((1,), eta=now)", "C2D864"),
    ],
)
def test_what_cannot_be_asked(line: str, code: str) -> None:
    assert codes(f"with patch('code_.add') as m:\n    {line}\n") == {code}


def test_a_helper_that_is_mocked() -> None:
    tasks = TASKS.replace("@app.task\ndef add(x): ...", BOUND)
    test = "with patch('tasks.add.retry') as m:\n    check(m)\n"
    now = "with patch('tasks.retry') as m:\n    check(m)\n"
    files = {"tasks.py": tasks, "test_it.py": HEAD.replace("import code_\n", "") + test}
    assert migrated(files)["test_it.py"].replace('"', "'").endswith(now)
