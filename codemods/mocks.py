"""Mocks of tasks in the project's own tests: `.delay` and `.apply_async` get the actor's names.

What a test expects of a call (`assert_called_with(args=[1], countdown=60)`) becomes what the code
under test sends from now on, by the rules for that send itself.
"""

from __future__ import annotations

import re
from dataclasses import replace

from celery2dramatiq.codemod import Context, Outcome, keep, on_end, on_use
from celery2dramatiq.index import Arg, Step, Target, Use
from celery2dramatiq.mapping import Action, Row
from celery2dramatiq.specs import (
    AttributeSpec,
    CallSpec,
    Code,
    Keep,
    Milliseconds,
    ReadSpec,
    ReplaceSpec,
    Text,
)

from . import apply_async

DELAY = Row(
    "C2D856",
    'mock.patch("module.task.delay")',
    'mock.patch("module.task.send")',
    Action.REWRITE,
    about="By its name in a string or by the task itself, with `unittest.mock`, pytest-mock or "
    "`monkeypatch`. What `delay` and `send` are called with is the same.",
)
APPLY_ASYNC = Row(
    "C2D857",
    'mock.patch("module.task.apply_async")',
    'mock.patch("module.task.send_with_options")',
    Action.REWRITE,
    about="`actor.send()` calls `send_with_options`, as `task.delay()` calls `apply_async`, so the "
    "mock sees the same sends as before.",
)
WHOLE = Row(
    "C2D858",
    'mock.patch("module.task")',
    "the same",
    Action.REWRITE,
    about="The mock stands in for the actor from now on; what is asked of it is looked at line by "
    "line.",
)
ON_MOCK = Row(
    "C2D859",
    "mock.delay, mock.apply_async of a mocked task",
    "mock.send, mock.send_with_options",
    Action.REWRITE,
    about="A mock has every attribute that it is asked for: an assertion that nothing was sent "
    "would go on passing under the old name, whatever the code does.",
)
EXPECTED = Row(
    "C2D860",
    "assert_called_with(args=..., countdown=s) of a mocked apply_async",
    "the arguments that the rewritten send gives",
    Action.REWRITE,
    about="The expected arguments become those that the rewritten send gives, by the same rules.",
)
MESSAGE_ID = Row(
    "C2D861",
    "mock.delay.return_value.id",
    "mock.send.return_value.message_id",
    Action.REWRITE,
    about="The code under test reads the id of a Message under that name from now on.",
)
STALE = Row(
    "C2D862",
    "a mocked attribute of a task that an actor has not",
    "",
    Action.MANUAL,
    "nothing in the code calls it any more, and the mock does not say so",
    "mock what the migrated code calls, or test what it does",
    about="An assertion on it fails, or passes while it proves nothing.",
)
SENDS_OTHERWISE = Row(
    "C2D863",
    "a mocked apply_async of a task that is sent in another way from now on",
    "",
    Action.MANUAL,
    "not every send of the task calls the actor's `send_with_options`",
    "mock what the migrated code calls",
    about="Sends with callbacks or a chosen id, signatures and canvases go through the helper "
    "module; a send without any option is a plain `send()`.",
)
READ = Row(
    "C2D864",
    "the arguments of a mocked apply_async, read in the test",
    "",
    Action.MANUAL,
    "which of them are read, and what they are compared with, cannot be told",
    "they are all keywords now: `args`, `kwargs`, and `delay` in milliseconds for `countdown`",
    about="`call_args`, `call_args_list` and `mock_calls` hold what `send_with_options` was called "
    "with.",
)
UNKNOWN = Row(
    "C2D865",
    "something unknown that is asked like the mock of a task",
    "",
    Action.MANUAL,
    "where it comes from cannot be told; if it stands in for a task, it proves nothing any more",
    "rename it to `send` (`delay`) or `send_with_options` (`apply_async`)",
    about="A mock has every attribute that it is asked for. `mock.delay.assert_not_called()` "
    "passes whatever an actor does.",
)
READ_ARGUMENT = Row(
    "C2D867",
    'call_args.kwargs["args"], call_args[0][0] of a mocked apply_async',
    'call_args.kwargs["args"]',
    Action.REWRITE,
    about="`args` and `kwargs`, which may have been given by position, are keywords now.",
)
RETURNED = Row(
    "C2D869",
    "what a mocked delay or apply_async returns",
    "",
    Action.MANUAL,
    "it is made like an AsyncResult, and the code under test gets a Message",
    "give it `message_id` for `id`; a result is read by the helper module",
    about="A mock has every attribute that it is asked for, so the code under test may get another "
    "mock where it got an id.",
)
RETRY = Row(
    "C2D870",
    'mock.patch("module.task.retry")',
    'mock.patch("module.retry")',
    Action.REWRITE,
    about="`self.retry(...)` becomes a call of the helper `retry` in the module of the task.",
)
TOLD = Row(
    "C2D871",
    "Mock(delay=...), configure_mock(delay=...) of a mocked task",
    "the same with the names of an actor",
    Action.REWRITE,
    about="What is told by `**` or is more than a mock, an exception or `None` is reported: it may "
    "be written for an AsyncResult.",
)
CALLS = Row(
    "C2D872",
    "assert_has_calls([call.delay(...)]) of a mocked task",
    "assert_has_calls([call.send(...)])",
    Action.REWRITE,
    about="The expected calls are those of the actor from now on. Those of `apply_async` are "
    "reported.",
)
REPLACED = Row(
    "C2D868",
    "a stand-in of the project's own for a task, or for its apply_async",
    "",
    Action.MANUAL,
    "what it takes and has is written for Celery's names",
    "give it `send` and `send_with_options`",
    about="A class or a function that is put in the place of a task (`new=`, `monkeypatch`) is "
    "called with Dramatiq's options from now on.",
)

_WITH_ARGUMENTS = ("assert_called_with", "assert_called_once_with", "assert_any_call")
_WITHOUT = (
    "assert_called", "assert_called_once", "assert_not_called", "call_count", "called",
    "reset_mock", "side_effect",
)  # fmt: skip
_OF_ANY = (
    *_WITH_ARGUMENTS, *_WITHOUT, "assert_has_calls", "attach_mock", "call_args", "call_args_list",
    "method_calls", "mock_calls", "return_value",
)  # fmt: skip
_CANVAS = ("s", "si", "signature", "subtask", "chunks", "map", "starmap")
# What has no id, and what has nothing else.
_EMPTY = re.compile(r"None|[\w.]*Mock\(\)|[\w.]*(?:Error|Exception)(?:\([^()]*\))?")
_WITH_ID = re.compile(r"((?:\w+\.)*(?:Magic)?(?:Mock|SimpleNamespace)\()(?:task_)?id=([^,()=]+\))")
_MADE = re.compile(r"(?:\w+\.)*(?:Magic|Async)?Mock\b|(?:\w+\.)*create_autospec\b|lambda \*")
_LAUNCHER = re.compile(r"\b(?:delay|apply_async|s|si|run|retry|AsyncResult)\b")
# A mock that returns nothing of its own, or raises an error.
_PLAIN = re.compile(
    r"(?:\w+\.)*(?:Magic)?Mock\((?:return_value=None|"
    r"side_effect=[\w.]*(?:Error|Exception)(?:\([^()]*\))?)?\)"
)
_LAMBDA = re.compile(r"lambda \*(\w+)(?:, \*\*(\w+))?:(.*)", re.DOTALL)
_OF_MAKERS = (
    "attribute", "autospec", "create", "instance", "name", "new", "new_callable", "raising", "spec",
    "spec_set", "target", "unsafe", "value", "wraps",
)  # fmt: skip
_CALL = re.compile(r"\bcall\.(\w+)")


# -- what is patched


@on_use("patched", "()")
def whole(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave a task alone that is mocked as a whole."""
    told = [arg for arg in steps[-1].args if _is_told(arg)]
    if told:
        return Outcome(STALE, f"`{told[0].keyword or told[0].code}`")
    return _replaced(use, steps[-1], context) or Outcome(WHOLE)


@on_use("patched", ".delay()")
def patched_delay(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Name the actor's method."""
    return _returning(steps[-1], _patched(use, "delay", "send", DELAY))


@on_use("patched", ".apply_async()")
def patched_apply_async(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Name the actor's method that every send of the task calls."""
    name = _sender(use, context)
    if not name:
        return Outcome(SENDS_OTHERWISE)
    patched = _patched(use, "apply_async", name, APPLY_ASYNC)
    return _replaced(use, steps[-1], context) or _returning(steps[-1], patched)


@on_use("patched", ".run()")
def patched_run(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Name the actor's function."""
    return _patched(use, "run", "fn", DELAY)


@on_use("patched", ".retry()")
def patched_retry(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Name the helper where the task calls it."""
    task = context.tasks[use.target.name]
    module = context.index.modules[task.path]
    if not task.bound or context.call(task.path, "retry") != "retry" or not module.name:
        return Outcome(STALE, "`retry`")
    name = context.quoted(use.place.path, f"{module.name}.retry")
    if "object" not in use.role.detail:
        return Outcome(RETRY, specs=(ReplaceSpec(use.place, code=name),))
    function = use.role.detail.removesuffix(".object")
    rest: tuple[tuple[str | None, Code], ...] = tuple(
        (arg.keyword, keep(arg)) for arg in steps[-1].args[2:]
    )
    spec = CallSpec(steps[-1].place, function=function, args=((None, Text(name)), *rest))
    return Outcome(RETRY, specs=(spec,))


@on_use("patched", ".*")
def patched_other(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Say what an actor has not."""
    return Outcome(STALE, f"`{steps[0].name}`")


def _patched(use: Use, old: str, new: str, row: Row) -> Outcome:
    """Print the literal that names what is patched, with the actor's name at its end."""
    code = use.role.value.code if use.role.value is not None else ""
    renamed = re.sub(rf"\b{old}(?=[\"']+\s*\)?$)", new, code)
    if renamed == code:
        return Outcome(STALE, f"`{old}`, in a text that is put together")
    return Outcome(row, specs=(ReplaceSpec(use.place, code=renamed),))


def _replaced(use: Use, call: Step, context: Context) -> Outcome | None:
    """Say of a stand-in that it is written for Celery; a mock of the library's is not."""
    by_object = "object" in use.role.detail or len(call.args) > 2
    given = call.arg("value") or call.arg("new_callable")
    new = given or call.arg("new", 2 if by_object else 1)
    if new is None or _is_followed(new, context):
        return None
    reads = use.steps[0].name == "apply_async" and _reads(new.code)
    if _MADE.match(new.code) and not _LAUNCHER.search(new.code) and not reads:
        return None
    return Outcome(REPLACED, f"`{new.code}`")


def _reads(code: str) -> bool:
    """Tell whether a function looks at the arguments it is given: those of a send are others."""
    found = _LAMBDA.fullmatch(code)
    names = [name for name in found.groups()[:2] if name] if found is not None else []
    return found is not None and any(re.search(rf"\b{name}\b", found[3]) for name in names)


def _is_followed(new: Arg, context: Context) -> bool:
    """Tell whether it is a mock that is looked at line by line under its name."""
    ids = [id_ for id_ in context.tasks for name in new.names if name.startswith(id_)]
    return new.code.isidentifier() and bool(ids)


def _returning(call: Step, patched: Outcome) -> Outcome:
    """Say what the mock returns as a Message does."""
    given = call.arg("return_value") or call.arg("side_effect")
    told = [arg for arg in call.args if _is_told(arg)]
    if told:
        return Outcome(STALE, f"`{told[0].keyword or told[0].code}`")
    if given is None or patched.row is STALE:
        return patched
    specs = _returned(given)
    return Outcome(RETURNED) if specs is None else replace(patched, specs=patched.specs + specs)


def _returned(given: Arg) -> tuple[ReplaceSpec, ...] | None:
    """Return what makes a Message of a result; None if that cannot be told."""
    if _EMPTY.fullmatch(given.code):
        return ()
    result = _WITH_ID.fullmatch(given.code)
    if result is None:
        return None
    return (ReplaceSpec(given.place, code=f"{result[1]}message_id={result[2]}"),)


def _sender(use: Use, context: Context) -> str:
    """Return the actor's method that the task's `apply_async` becomes; "" if not just one."""
    found = set()
    for other in context.index.uses:
        if other.test or other.target.name != use.target.name:
            continue
        steps = (*other.made, *other.steps)
        if steps and steps[0].name in _CANVAS:
            return ""
        if other.shape.startswith(".apply_async()"):
            found.add(_attribute(other, steps[1], context))
        elif steps and steps[0].name == "delay":
            found.add("delay")
    if "send" in found:
        return "send" if found == {"send"} else ""
    return "send_with_options" if found <= {"send_with_options", "delay"} else ""


def _attribute(use: Use, call: Step, context: Context) -> str:
    """Return the method of the actor that a send is printed with; "" if it is none."""
    outcome = apply_async.sent(use, call, context)
    calls = [spec for spec in outcome.specs if isinstance(spec, CallSpec)]
    return calls[0].attribute if calls else ""


# -- what is asked of the mock of a task


@on_use("mock", ".delay")
def delay(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Rename the launcher."""
    spec = AttributeSpec(steps[-1].place, name="send")
    return Outcome(ON_MOCK, specs=(spec,), gives="mocked delay")


@on_use("mock", ".apply_async")
def applied(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Rename the launcher, to what every send of the task calls."""
    name = _sender(use, context)
    if not name:
        return Outcome(SENDS_OTHERWISE)
    spec = AttributeSpec(steps[-1].place, name=name)
    return Outcome(ON_MOCK, specs=(spec,), gives="mocked apply_async")


@on_use("mock", ".run")
def run(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Rename the function."""
    return Outcome(ON_MOCK, specs=(AttributeSpec(steps[-1].place, name="fn"),), gives="mock part")


@on_use("mock", ".retry")
def retried(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Follow the mock of the helper; the mock of a task is not asked to retry any more."""
    if steps[0] in use.made:
        return Outcome(RETRY, gives="mocked retry")
    return Outcome(STALE, "`retry`")


@on_use("mocked retry", ".*")
def of_retry(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave alone what does not look at the arguments: the actor is the first of them now."""
    if steps[0].name in _WITHOUT:
        return Outcome(RETRY, gives="mock part")
    return Outcome(READ, f"`{steps[0].name}`")


@on_end("mocked retry", "*")
def mocked_retry(use: Use, context: Context) -> Outcome:
    """Leave it alone wherever it goes."""
    return Outcome(RETRY)


@on_use("mock", ".name")
def name(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Rename the task's name."""
    spec = AttributeSpec(steps[-1].place, name="actor_name")
    return Outcome(ON_MOCK, specs=(spec,), gives="mock part")


@on_use("mock", ".*")
def other(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave alone what mocks have of their own, and say what an actor has not."""
    named = steps[0].name
    if named in ("mock_calls", "method_calls", "configure_mock") or named not in _OF_ANY:
        return Outcome(STALE, f"`{named}`")
    return Outcome(WHOLE, gives="mock part")


@on_use("mock", ".configure_mock()")
def configured(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Rename the launchers that are told."""
    return _told(use, steps[-1], context)


@on_use("told mock", "()")
def told(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Rename the launchers that are told."""
    return _told(use, steps[-1], context)


@on_use("told mock", ".*")
def told_otherwise(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Say that a launcher's stand-in is told what is written for Celery."""
    return Outcome(STALE, f"`{steps[0].name}`")


def _told(use: Use, call: Step, context: Context) -> Outcome:
    names = {"delay": "send", "apply_async": _sender(use, context)}
    told = [arg for arg in call.args if _is_told(arg)]
    for arg in told:
        named = not arg.spread and names.get(arg.keyword or "")
        if not named or not _PLAIN.fullmatch(arg.code):
            return Outcome(STALE, f"`{arg.keyword or arg.code}`")
    words = {arg.keyword: names[arg.keyword] for arg in told if arg.keyword}
    args = tuple((words.get(arg.keyword or "", arg.keyword), keep(arg)) for arg in call.args)
    return Outcome(TOLD, specs=(CallSpec(call.place, args=args),) if told else ())


def _is_told(arg: Arg) -> bool:
    """Tell whether an argument is, or may be, an attribute that the mock has not by itself."""
    if arg.star or arg.spread:
        return True
    return arg.keyword is not None and arg.keyword not in (*_OF_ANY, *_OF_MAKERS)


@on_use("mock", ".assert_has_calls()")
def has_calls(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Name the actor's method in the calls that are expected."""
    given = steps[-1].args[0] if steps[-1].args else None
    named = set(_CALL.findall(given.code)) if given is not None else set()
    if given is None or not given.code.startswith("[") or not named <= {"delay"}:
        return Outcome(STALE, "`assert_has_calls`")
    code = _CALL.sub("call.send", given.code)
    return Outcome(CALLS, specs=(ReplaceSpec(given.place, code=code),) if named else ())


@on_use("mock", "()")
def called(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave a call alone: an actor is called as a task is."""
    return Outcome(WHOLE, gives="mock part")


@on_end("mock", "*")
def mock(use: Use, context: Context) -> Outcome:
    """Leave the mock itself alone."""
    return Outcome(WHOLE)


# -- what is asked of the mock of a launcher


@on_use("mocked delay", ".return_value")
def returned_by_delay(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Follow the mock of a result."""
    return Outcome(ON_MOCK, gives="mocked result")


@on_use("mocked delay", ".*")
def of_delay(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave alone what is asked of it: a `send` has the arguments that the `delay` had."""
    if steps[0].name == "configure_mock":
        return Outcome(STALE, "`configure_mock`")
    return Outcome(ON_MOCK, gives="mock part")


@on_use("mocked delay", "()")
def called_delay(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Follow what it returns."""
    return Outcome(ON_MOCK, gives="mocked result")


@on_end("mocked delay", "*")
def mocked_delay(use: Use, context: Context) -> Outcome:
    """Leave it alone wherever it goes."""
    return Outcome(ON_MOCK)


@on_end("mocked apply_async", "*")
def mocked_apply_async(use: Use, context: Context) -> Outcome:
    """Leave it alone wherever it goes."""
    return Outcome(ON_MOCK)


@on_use("mocked apply_async", ".return_value")
def returned_by_apply_async(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Follow the mock of a result."""
    return Outcome(ON_MOCK, gives="mocked result")


@on_use("mocked apply_async", ".*")
def of_apply_async(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave alone what does not look at the arguments."""
    if steps[0].name in _WITHOUT:
        return Outcome(ON_MOCK, gives="mock part")
    return Outcome(READ, f"`{steps[0].name}`")


def _expected(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Print the arguments that the send has from now on."""
    task = Use(Target("task", use.target.name), use.place, use.statement, use.role, test=True)
    outcome = apply_async.sent(task, steps[-1], context)
    calls = [spec for spec in outcome.specs if isinstance(spec, CallSpec)]
    if outcome.row is not apply_async.APPLY_ASYNC or calls[0].helpers:
        return Outcome(READ, f"`{steps[0].name}`")
    args = tuple((word, _any(code, steps[-1])) for word, code in calls[0].args)
    if _sender(use, context) == "send":
        args = ()
    spec = CallSpec(steps[-1].place, args=args, imports=calls[0].imports)
    return Outcome(EXPECTED, specs=(spec,), gives="mock part")


def _any(code: Code, call: Step) -> Code:
    """Return the code of an argument; `ANY` is not counted in milliseconds."""
    if not isinstance(code, Milliseconds):
        return code
    arg = _argument(code.of, call)
    return Keep(code.of) if arg is not None and arg.code.rpartition(".")[2] == "ANY" else code


def _argument(of: str | int, call: Step) -> Arg | None:
    return next((one for one in call.args if of in (one.keyword, one.position)), None)


expected = tuple(on_use("mocked apply_async", f".{name}()")(_expected) for name in _WITH_ARGUMENTS)


_SHAPES = (
    ".call_args[][]", ".call_args.args[]", ".call_args.kwargs[]", ".call_args_list[][][]",
    ".call_args_list[].args[]", ".call_args_list[].kwargs[]",
)  # fmt: skip


def _read(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Read one argument, by the name that it has now."""
    *_, group, last = steps
    key = last.args[0].literal
    by_position = group.name == "args" or (group.shape == "[]" and group.args[0].literal == 0)
    if by_position:
        key = {0: "args", 1: "kwargs"}.get(key) if isinstance(key, int) else None
    if key not in ("args", "kwargs") or use.role.kind == "stored":
        return Outcome(READ, f"`{steps[0].name}`")
    spec = ReadSpec(last.place, key=context.quoted(use.place.path, str(key)))
    return Outcome(READ_ARGUMENT, specs=(spec,) if by_position else (), gives="mock part")


read = tuple(on_use("mocked apply_async", shape)(_read) for shape in _SHAPES)


# -- what a launcher returns


@on_use("mocked result", ".id")
def result_id(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Rename the id."""
    spec = AttributeSpec(steps[-1].place, name="message_id")
    return Outcome(MESSAGE_ID, specs=(spec,), gives="mock part")


@on_use("mocked result", ".task_id")
def result_task_id(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Rename the id."""
    spec = AttributeSpec(steps[-1].place, name="message_id")
    return Outcome(MESSAGE_ID, specs=(spec,), gives="mock part")


@on_use("mocked result", ".*")
def of_result(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Say that results are read otherwise."""
    return Outcome(STALE, f"`return_value.{steps[0].name}`")


@on_end("mocked result", "stored")
def returned(use: Use, context: Context) -> Outcome:
    """Make what the mock is told to return a Message."""
    specs = _returned(use.role.value) if use.role.value is not None else None
    return Outcome(RETURNED) if specs is None else Outcome(ON_MOCK, specs=specs)


@on_end("mocked result", "*")
def result(use: Use, context: Context) -> Outcome:
    """Leave alone what the mock is told to return."""
    return Outcome(ON_MOCK)


# -- parts of mocks, and tasks that mocks are made like


@on_use("mock part", ".*")
def part(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave it alone."""
    return Outcome(ON_MOCK, gives="mock part")


@on_use("mock part", "()")
def part_called(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave it alone."""
    return Outcome(ON_MOCK, gives="mock part")


@on_use("mock part", "[]")
def part_item(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Leave it alone."""
    return Outcome(ON_MOCK, gives="mock part")


@on_end("mock part", "*")
def part_ends(use: Use, context: Context) -> Outcome:
    """Leave it alone."""
    return Outcome(ON_MOCK)


@on_use("launcher", ".*")
def asked(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome | None:
    """Follow what is asked of a launcher that a mock stands in for."""
    if not use.test or steps[0].name not in _OF_ANY:
        return None
    gives = "mocked result" if steps[0].name == "return_value" else "mock part"
    return Outcome(ON_MOCK, gives=gives)


@on_end("launcher", "stored")
def stored(use: Use, context: Context) -> Outcome | None:
    """Put a mock under the actor's name."""
    return Outcome(ON_MOCK) if use.test else None


@on_use("task", ".apply_async")
def asked_of_task(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome | None:
    """Follow what is asked of a launcher that a mock stands in for."""
    name = _sender(use, context) if use.test else ""
    if not name:
        return None
    spec = AttributeSpec(steps[-1].place, name=name)
    return Outcome(ON_MOCK, specs=(spec,), gives="mocked apply_async")


@on_use("unknown mock", ".*")
def unknown(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    """Say that it may be stale."""
    return Outcome(UNKNOWN, f"`{steps[0].name}`")
