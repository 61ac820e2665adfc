"""`retry` and `retry_policy` do what celery.app.task.Task.retry and autoretry_for do."""

# mypy: allow-untyped-calls

from __future__ import annotations

import itertools
import logging
import random
import time
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import celery  # type: ignore[import-untyped]
import celery.exceptions  # type: ignore[import-untyped]
import dramatiq
import pytest
from celery.contrib.testing.worker import start_worker  # type: ignore[import-untyped]
from dramatiq.errors import Retry
from dramatiq.middleware import CurrentMessage, Retries, TimeLimit, TimeLimitExceeded
from dramatiq.results import ResultFailure

from celery2dramatiq.templates.dramatiq_helpers import (
    CeleryRetries,
    MaxRetriesExceededError,
    make_broker,
    request,
    retry,
    retry_policy,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Actor = dramatiq.Actor[Any, Any]

DEFAULT = "not passed"


class Error(Exception):
    """What most tests raise."""


def nothing(*args: Any, **kwargs: Any) -> None:
    """Celery refuses a lambda."""


class NarrowError(Error):
    """A kind of it."""


@pytest.fixture
def fixtures(request: pytest.FixtureRequest) -> pytest.FixtureRequest:
    """For `worker`, which has to start when the actors are declared."""
    return request


@pytest.fixture(scope="module")
def app() -> celery.Celery:
    return celery.Celery(broker="memory://", backend="cache+memory://", set_as_current=False)


def given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not DEFAULT}


def outcome(function: Callable[[], Any], reraised: BaseException | None = None) -> dict[str, Any]:
    """What a call raises, in an `except` block if `reraised` is given."""
    try:
        if reraised is None:
            function()
        else:
            try:
                raise reraised
            except Error:
                function()
    except BaseException as error:  # noqa: BLE001
        return {
            "type": type(error).__name__,
            "is given": error is reraised,
            "cause": repr(error.__cause__),
            "context": repr(error.__context__),
            "suppressed": error.__suppress_context__,
            "text": "" if type(error).__name__ == "Retry" else str(error),
            "arguments": [getattr(error, "task_args", 0), getattr(error, "task_kwargs", 0)],
            "delay": getattr(error, "when", getattr(error, "delay", None)),
        }
    raise AssertionError("it returned")


@contextmanager
def working_on(actor: Actor, retries: int, **message: Any) -> Iterator[None]:
    """What the worker does around an actor, as far as the helpers see it."""
    if retries:
        message["retries"] = retries
    sent = actor.message_with_options(**message).copy(message_id="the-id")
    CurrentMessage().before_process_message(actor.broker, dramatiq.MessageProxy(sent))
    try:
        yield
    finally:
        CurrentMessage().after_process_message(actor.broker, None)


@pytest.fixture
def actor(memory_broker: dramatiq.Broker) -> Callable[..., Actor]:
    def declare(policy: Any, name: str = "task", **options: Any) -> Actor:
        memory_broker.actors.pop(name, None)
        return dramatiq.actor(actor_name=name, retry_when=policy, **options)(nothing)

    return declare


@pytest.mark.parametrize("max_retries", [DEFAULT, None, 0, 1, 3])
@pytest.mark.parametrize("override", [DEFAULT, None, 0, 2, 5])
@pytest.mark.parametrize("inside_except", [False, True])
@pytest.mark.parametrize("exc", [DEFAULT, None, "new", "class", "current"])
def test_retry_in_a_worker(
    app: celery.Celery,
    actor: Callable[..., Actor],
    max_retries: Any,
    override: Any,
    inside_except: bool,
    exc: Any,
) -> None:
    current = Error("current")
    makers = {"new": Error("new"), "class": NarrowError, "current": current}
    options = given(exc=makers.get(exc, exc), max_retries=override)
    reraised = current if inside_except else None
    task = app.task(nothing, shared=False, name="task", **given(max_retries=max_retries))
    ours = actor(retry_policy(**given(max_retries=max_retries)))
    for retries in range(7):
        task.push_request(
            id="the-id", args=[1], kwargs={"b": 2}, retries=retries, is_eager=True,
            called_directly=False,
        )  # fmt: skip
        expected = outcome(lambda: task.retry(**options), reraised)
        task.pop_request()
        if expected["delay"] is not None:
            expected["delay"] *= 1000
        with working_on(ours, retries, args=(1,), kwargs={"b": 2}):
            found = outcome(lambda: retry(ours, **options), reraised)
        assert found == expected, retries
    app.tasks.pop("task")


@pytest.mark.parametrize("inside_except", [False, True])
@pytest.mark.parametrize("exc", [DEFAULT, None, "new", "class", "current"])
def test_retry_in_a_direct_call(
    app: celery.Celery,
    actor: Callable[..., Actor],
    inside_except: bool,
    exc: Any,
) -> None:
    current = Error("current")
    options = given(
        exc={"new": Error("new"), "class": NarrowError, "current": current}.get(exc, exc)
    )
    reraised = current if inside_except else None

    def direct() -> Any:
        return outcome(lambda: task.retry(**options), reraised)

    task = app.task(direct, shared=False, name="direct")
    expected = task()
    ours = actor(retry_policy())
    assert outcome(lambda: retry(ours, **options), reraised) == expected
    app.tasks.pop("direct")


@pytest.mark.parametrize("default", [DEFAULT, None, 0, 7, 0.25])
@pytest.mark.parametrize("countdown", [DEFAULT, None, 0, 60, 0.5, -5])
@pytest.mark.parametrize("days", [None, 1, -1])
def test_how_long_retry_waits(
    app: celery.Celery,
    actor: Callable[..., Actor],
    default: Any,
    countdown: Any,
    days: int | None,
) -> None:
    eta = days and datetime.now(timezone.utc) + timedelta(days=days)
    options = given(countdown=countdown, **({"eta": eta} if eta else {}))
    task = app.task(nothing, shared=False, name="wait", **given(default_retry_delay=default))
    task.push_request(id="1", args=[], kwargs={}, is_eager=True, called_directly=False)
    with pytest.raises(celery.exceptions.Retry) as theirs:
        task.retry(**options)
    task.pop_request()
    app.tasks.pop("wait")
    sent = theirs.value.sig.options
    sent = app.amqp.as_task_v2("1", "wait", eta=sent["eta"], countdown=sent["countdown"])
    moment = sent.headers["eta"]
    expected = 0.0
    if moment is not None:
        expected = (datetime.fromisoformat(moment) - datetime.now(timezone.utc)).total_seconds()
    ours = actor(retry_policy(**given(default_retry_delay=default)))
    with working_on(ours, 0), pytest.raises(Retry) as found:
        retry(ours, **options)
    assert found.value.delay is not None
    assert found.value.delay / 1000 == pytest.approx(max(0, expected), abs=1)
    assert str(found.value) == f"Retry in {found.value.delay / 1000}s"


def test_retry_says_why(actor: Callable[..., Actor]) -> None:
    ours = actor(retry_policy())
    with working_on(ours, 0), pytest.raises(Retry, match=r"Retry in 180.0s: Error\('why'\)"):
        retry(ours, exc=Error("why"))


def test_retry_without_a_policy_is_an_error(
    actor: Callable[..., Actor],
) -> None:
    ours = actor(lambda retries, exception: False)
    with working_on(ours, 0), pytest.raises(TypeError, match=r"retry_when=.*the actor task"):
        retry(ours)


class StrictError(Exception):
    """An exception that lets nobody set an attribute."""

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(name)


def test_an_exception_that_cannot_be_changed(
    actor: Callable[..., Actor],
) -> None:
    policy = retry_policy(StrictError, max_retries=9)
    ours = actor(policy)
    strict = StrictError()
    with working_on(ours, 2), pytest.raises(StrictError):
        retry(ours, exc=strict, max_retries=2)
    assert not policy(2, strict)
    # The project raises the same object again, this time without retry().
    assert policy(2, strict)


AUTORETRY: list[dict[str, Any]] = [
    {},
    {"autoretry_for": (Error,)},
    {"autoretry_for": (NarrowError,)},
    {"autoretry_for": (Exception,)},
    {"autoretry_for": (Exception,), "dont_autoretry_for": (Error,)},
    {"autoretry_for": (Error,), "dont_autoretry_for": (NarrowError,)},
    {"autoretry_for": (Error, KeyError), "dont_autoretry_for": [NarrowError]},
    {"autoretry_for": (Error, "limit")},
    {"autoretry_for": ("limit",)},
    {"autoretry_for": (Exception,), "dont_autoretry_for": ("limit",)},
    {"autoretry_for": (BaseException,)},
    {"autoretry_for": (BaseException,), "dont_autoretry_for": (Exception,)},
]


@pytest.mark.parametrize("options", AUTORETRY, ids=str)
@pytest.mark.parametrize("max_retries", [DEFAULT, None, 0, 1])
@pytest.mark.parametrize("raised", [Error, NarrowError, KeyError, "limit"])
def test_the_policy_is_autoretry_for(
    app: celery.Celery, options: dict[str, Any], max_retries: Any, raised: Any
) -> None:
    def with_limit(limit: Any, classes: Any) -> tuple[type[BaseException], ...]:
        return tuple(limit if each == "limit" else each for each in classes)

    def body() -> None:
        raise with_limit(celery.exceptions.SoftTimeLimitExceeded, [raised])[0]

    theirs = {
        name: with_limit(celery.exceptions.SoftTimeLimitExceeded, value)
        for name, value in options.items()
    }
    limit = given(max_retries=max_retries)
    task = app.task(body, shared=False, name="auto", **theirs, **limit)
    policy = retry_policy(
        *with_limit(TimeLimitExceeded, options.get("autoretry_for", ())),
        exclude=with_limit(TimeLimitExceeded, options.get("dont_autoretry_for", ())),
        **limit,
    )
    exception = with_limit(TimeLimitExceeded, [raised])[0]()
    for retries in range(5):
        task.push_request(
            id="1", args=[], kwargs={}, retries=retries, is_eager=True, called_directly=False
        )
        again = outcome(task.run)["type"] == "Retry"
        task.pop_request()
        assert policy(retries, exception) is again, retries
    app.tasks.pop("auto")


def test_a_retry_of_dramatiqs_own_counts() -> None:
    policy = retry_policy(max_retries=2)
    assert [policy(retries, Retry(delay=1)) for retries in range(4)] == [True, True, False, False]


COUNTDOWNS: list[dict[str, Any]] = [
    {"default_retry_delay": default, "retry_kwargs": kwargs}
    for default in (DEFAULT, None, 0, 7, 0.25)
    for kwargs in (DEFAULT, {}, *({"countdown": each} for each in (None, 0, 60, 0.5, -5)))
]
BACKOFFS: list[dict[str, Any]] = [
    {"retry_backoff": factor, "retry_backoff_max": longest, "retry_jitter": jitter}
    for factor in (False, 0, True, 1, 0.5, 2.9, 7, -4)
    for longest in (DEFAULT, 0, 1, 5.9, 100_000)
    for jitter in (DEFAULT, True, False)
]
BOTH: list[dict[str, Any]] = [
    {"retry_backoff": factor, "default_retry_delay": 9, "retry_kwargs": {"countdown": countdown}}
    for factor in (False, True, 3)
    for countdown in (None, 0, 60)
]
BELOW_NOTHING = {"retry_backoff": 2, "retry_backoff_max": -1, "retry_jitter": False}
OUR_NAMES = {
    "retry_backoff": "backoff",
    "retry_backoff_max": "backoff_max",
    "retry_jitter": "jitter",
}


@pytest.mark.parametrize("options", [*COUNTDOWNS, *BACKOFFS, *BOTH, BELOW_NOTHING], ids=str)
def test_how_long_an_automatic_retry_waits(
    app: celery.Celery,
    actor: Callable[..., Actor],
    memory_broker: dramatiq.Broker,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
) -> None:
    def body() -> None:
        raise Error

    options = given(**options)
    task = app.task(
        body, shared=False, name="auto", autoretry_for=(Error,), max_retries=None, **options
    )
    options.update(options.pop("retry_kwargs", {}))
    options = {OUR_NAMES.get(name, name): value for name, value in options.items()}
    ours = actor(retry_policy(Error, max_retries=None, **options))
    delays = watch(memory_broker, monkeypatch)
    for retries, seed in itertools.product((0, 1, 2, 3, 9, 40), range(3)):
        task.push_request(
            id="1", args=[], kwargs={}, retries=retries, is_eager=True, called_directly=False
        )
        random.seed(seed)
        with pytest.raises(celery.exceptions.Retry) as theirs:
            task.run()
        task.pop_request()
        random.seed(seed)
        after(ours, Error(), retries=retries)
        # No number of seconds means no delay, one below 0 a time in the past.
        assert delays.pop() == max(0, (theirs.value.when or 0) * 1000), (retries, seed)
    app.tasks.pop("auto")


def watch(broker: dramatiq.Broker, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The delays of what is enqueued from now on; nothing really is."""
    delays: list[int] = []
    monkeypatch.setattr(broker, "enqueue", lambda message, delay: delays.append(delay))
    return delays


def after(actor: Actor, exception: BaseException | None, **options: Any) -> dramatiq.MessageProxy:
    """Say to the middleware that this is what the actor raised."""
    message = dramatiq.MessageProxy(actor.message_with_options(**options))
    actor.broker.emit_after("process_message", message, exception=exception)
    return message


def use(broker: dramatiq.Broker, middleware: Retries) -> None:
    """Replace the middleware for retries."""
    (index,) = (i for i, each in enumerate(broker.middleware) if isinstance(each, Retries))
    broker.middleware[index] = middleware


def test_what_no_policy_decides_waits_as_long_as_dramatiq_wants(
    actor: Callable[..., Actor], memory_broker: dramatiq.Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    delays = watch(memory_broker, monkeypatch)
    backoff = {"min_backoff": 1000, "max_backoff": 9000}
    after(actor(None, max_retries=1, **backoff), Error())
    after(actor(lambda retries, exception: True, **backoff), Error())
    policy = retry_policy(Error, countdown=60)
    after(actor(policy, **backoff), Retry())
    use(memory_broker, Retries())
    after(actor(policy, **backoff), Error())
    assert len(delays) == 4
    assert all(1000 <= delay <= 2000 for delay in delays)


def test_a_retry_has_its_own_delay(
    actor: Callable[..., Actor], memory_broker: dramatiq.Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    delays = watch(memory_broker, monkeypatch)
    ours = actor(retry_policy(Exception, countdown=60))
    after(ours, Retry(delay=5))
    with working_on(ours, 0), pytest.raises(Retry) as asked:
        retry(ours, countdown=7)
    after(ours, asked.value)
    with working_on(ours, 0), pytest.raises(Retry) as asked:
        retry(ours)
    after(ours, asked.value)
    assert delays == [5, 7000, 180_000]


def test_a_policy_for_all_actors(
    actor: Callable[..., Actor], memory_broker: dramatiq.Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    delays = watch(memory_broker, monkeypatch)
    use(memory_broker, CeleryRetries(retry_when=retry_policy(Error, countdown=60)))

    @dramatiq.actor
    def plain() -> None:
        """It has no option."""

    after(plain, Error())
    assert delays == [60_000]


def test_nothing_happens_without_an_exception(
    actor: Callable[..., Actor], memory_broker: dramatiq.Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    delays = watch(memory_broker, monkeypatch)
    message = after(actor(retry_policy(Error)), None)
    assert (delays, message.failed, message.options) == ([], False, {})


@pytest.mark.parametrize("throws", [Error, (KeyError, Error)])
def test_throws_comes_first(
    actor: Callable[..., Actor],
    memory_broker: dramatiq.Broker,
    monkeypatch: pytest.MonkeyPatch,
    throws: Any,
) -> None:
    delays = watch(memory_broker, monkeypatch)
    ours = actor(retry_policy(Exception), throws=throws)
    error = NarrowError()
    message = after(ours, error)
    assert (delays, message.failed, message.options, vars(error)) == ([], True, {}, {})
    assert not after(ours, ValueError()).failed
    assert delays == [180_000]


def test_an_exception_that_is_raised_twice_is_decided_twice(
    actor: Callable[..., Actor], memory_broker: dramatiq.Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    delays = watch(memory_broker, monkeypatch)
    error = Error()
    decisions = [
        after(actor(policy), error).failed
        for policy in (
            retry_policy(KeyError),
            retry_policy(Error),
            retry_policy(Error, exclude=[Error]),
            retry_policy(Error, max_retries=0),
            retry_policy(Error, max_retries=1),
        )
    ]
    assert decisions == [True, False, True, True, False]
    assert delays == [180_000] * 2
    assert vars(error) == {}


def test_what_retry_decided_holds(
    actor: Callable[..., Actor], memory_broker: dramatiq.Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit in the call is reached, so `max_retries=3` means nothing."""
    delays = watch(memory_broker, monkeypatch)
    ours = actor(retry_policy(Exception))
    error = Error()
    with working_on(ours, 1), pytest.raises(Error):
        retry(ours, exc=error, max_retries=1)
    assert after(ours, error, retries=1).failed
    assert not delays


@pytest.mark.parametrize("policy", [retry_policy(Error, max_retries=1), retry_policy()])
def test_the_log_is_dramatiqs(
    actor: Callable[..., Actor],
    memory_broker: dramatiq.Broker,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    policy: Any,
) -> None:
    caplog.set_level(logging.DEBUG)
    watch(memory_broker, monkeypatch)
    ours = actor(policy)
    logs = []
    for middleware in (Retries(), CeleryRetries()):
        use(memory_broker, middleware)
        caplog.clear()
        for retries in range(2):
            after(ours, Error(), retries=retries)
        logs.append([(each.name, each.levelname, each.msg) for each in caplog.records])
    plain, celerys = logs
    names = [name.replace(".Retries", ".CeleryRetries") for name, _, _ in plain]
    assert celerys == [(name, *rest) for name, (_, *rest) in zip(names, plain, strict=True)]
    assert len(plain) == 2


# What a task does, with `again` for self.retry. Both systems run it, and the same must happen.
SCENARIOS: dict[str, tuple[dict[str, Any], Callable[..., Any]]] = {}


def scenario(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def add(body: Callable[..., Any]) -> Callable[..., Any]:
        SCENARIOS[body.__name__] = {"default_retry_delay": 0, **options}, body
        return body

    return add


@scenario(max_retries=2)
def the_error_at_the_limit(again: Callable[..., Any], attempt: int) -> None:
    try:
        raise Error("unlucky")
    except Error as error:
        raise again(exc=error)  # noqa: B904


@scenario(max_retries=1)
def no_error_at_the_limit(again: Callable[..., Any], attempt: int) -> None:
    again()


@scenario(max_retries=1)
def no_error_at_the_limit_in_an_except_block(again: Callable[..., Any], attempt: int) -> None:
    try:
        raise Error("unlucky")
    except Error:
        again()


@scenario(max_retries=None)
def without_a_limit(again: Callable[..., Any], attempt: int) -> str:
    if attempt < 6:
        raise again()
    return "done"


@scenario(max_retries=3)
def a_lower_limit_in_the_call(again: Callable[..., Any], attempt: int) -> None:
    raise again(exc=Error("unlucky"), max_retries=1)


@scenario(max_retries=1)
def a_higher_limit_in_the_call(again: Callable[..., Any], attempt: int) -> None:
    raise again(max_retries=3)


@scenario(max_retries=0)
def no_retry_at_all(again: Callable[..., Any], attempt: int) -> None:
    raise again(exc=Error("once"))


@scenario(max_retries=5)
def only_what_asks_for_it(again: Callable[..., Any], attempt: int) -> None:
    raise Error("not asked")


@scenario()
def luck_the_third_time(again: Callable[..., Any], attempt: int) -> str:
    if attempt < 2:
        again(countdown=0)
    return f"attempt {attempt}"


@scenario(autoretry_for=(Error,), max_retries=2)
def automatically(again: Callable[..., Any], attempt: int) -> None:
    raise NarrowError(f"attempt {attempt}")


@scenario(autoretry_for=(Error,), dont_autoretry_for=(NarrowError,), max_retries=2)
def automatically_but_not_this(again: Callable[..., Any], attempt: int) -> None:
    raise NarrowError if attempt else Error


@scenario(autoretry_for=(Exception,), max_retries=3)
def automatically_with_a_lower_limit_in_the_call(again: Callable[..., Any], attempt: int) -> None:
    raise again(exc=Error("unlucky"), max_retries=1)


@scenario(autoretry_for=(Exception,), max_retries=3)
def automatically_without_an_error(again: Callable[..., Any], attempt: int) -> None:
    raise again(max_retries=1)


@scenario(autoretry_for=(Error,), max_retries=2)
def both_ways(again: Callable[..., Any], attempt: int) -> None:
    raise again() if attempt == 0 else Error("now automatically")


@pytest.fixture(scope="module")
def with_celery() -> dict[str, Any]:
    """What a Celery worker made of the scenarios."""
    app = celery.Celery(broker="memory://", backend="cache+memory://", set_as_current=False)
    app.conf.worker_hijack_root_logger = False
    app.conf.broker_transport_options = {"polling_interval": 0.01}
    attempts: dict[str, list[int]] = {name: [] for name in SCENARIOS}

    def declare(name: str) -> Any:
        options, body = SCENARIOS[name]

        def run(self: Any) -> Any:
            attempts[name].append(self.request.retries)
            return body(self.retry, self.request.retries)

        return app.task(run, shared=False, bind=True, name=name, **options)

    tasks = {name: declare(name) for name in SCENARIOS}
    with start_worker(app, perform_ping_check=False, pool="solo", loglevel="critical"):
        sent = {name: task.delay() for name, task in tasks.items()}
        for result in sent.values():
            result.get(timeout=20, propagate=False)
    return {
        name: (attempts[name], answer(result.result, result.id)) for name, result in sent.items()
    }


def answer(result: Any, message_id: str) -> Any:
    """A result or an error, in words that both systems have in common."""
    if not isinstance(result, BaseException):
        return result
    name = type(result).__name__
    return [name, str(result).replace(message_id, "the-id")]


@pytest.fixture(scope="module")
def with_dramatiq(redis_url: str) -> Iterator[dict[str, Any]]:
    """What a Dramatiq worker made of them."""
    broker = make_broker(redis_url, redis_url, namespace="scenarios")
    attempts: dict[str, list[int]] = {name: [] for name in SCENARIOS}

    def declare(name: str) -> Actor:
        celerys, body = SCENARIOS[name]
        options = dict(celerys)
        policy = retry_policy(
            *options.pop("autoretry_for", ()),
            exclude=options.pop("dont_autoretry_for", ()),
            **options,
        )

        @dramatiq.actor(actor_name=name, broker=broker, retry_when=policy)
        def run() -> Any:
            attempt = request(run).retries
            attempts[name].append(attempt)
            return body(lambda **how: retry(run, **how), attempt)

        return run

    actors = {name: declare(name) for name in SCENARIOS}
    worker = dramatiq.Worker(broker, worker_timeout=50, worker_threads=4)
    worker.start()
    outcomes = {}
    for name, sent in {name: actor.send() for name, actor in actors.items()}.items():
        found: Any
        try:
            found = sent.get_result(
                backend=broker.get_results_backend(), block=True, timeout=20_000
            )
        except ResultFailure as error:
            found = [error.orig_exc_type, error.orig_exc_msg.replace(sent.message_id, "the-id")]
        outcomes[name] = attempts[name], found
    yield outcomes
    worker.stop()
    broker.close()


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_same_happens(
    name: str, with_celery: dict[str, Any], with_dramatiq: dict[str, Any]
) -> None:
    assert with_dramatiq[name] == with_celery[name]


class Witness(dramatiq.Middleware):
    """What the rest of the middleware is told."""

    def __init__(self) -> None:
        self.seen: list[BaseException] = []

    def after_process_message(
        self, broker: Any, message: Any, *, result: Any = None, exception: Any = None
    ) -> None:
        if exception is not None:
            self.seen.append(exception)


def test_automatic_retries_in_a_worker(
    broker: Any, fixtures: pytest.FixtureRequest, redis_url: str
) -> None:
    witnesses = Witness(), Witness()
    broker.add_middleware(witnesses[0], before=CeleryRetries)
    broker.middleware.append(witnesses[1])  # add_middleware would warn of a second one
    runs: dict[str, list[float]] = {"countdown": [], "backoff": [], "exclude": []}
    calls = []

    def declare(policy: Any, name: str, error: type[Exception]) -> Actor:
        @dramatiq.actor(actor_name=name, retry_when=policy, on_retry_exhausted="exhausted")
        def run() -> None:
            runs[name].append(time.monotonic())
            raise error(f"attempt {len(runs[name])}")

        return run

    @dramatiq.actor
    def exhausted(message: Any, facts: Any) -> None:
        calls.append((message["actor_name"], facts["retries"]))

    actors = [
        declare(retry_policy(Error, max_retries=2, countdown=1), "countdown", Error),
        declare(retry_policy(Error, max_retries=2, backoff=1, jitter=False), "backoff", Error),
        declare(retry_policy(Error, exclude=(NarrowError,), countdown=0), "exclude", NarrowError),
    ]
    fixtures.getfixturevalue("worker")
    failures = []
    for message in [each.send() for each in actors]:
        with pytest.raises(ResultFailure) as failure:
            message.get_result(block=True, timeout=20_000)
        failures.append((failure.value.orig_exc_type, failure.value.orig_exc_msg))
    assert failures == [("Error", "attempt 3")] * 2 + [("NarrowError", "attempt 1")]
    for name, expected in {"countdown": [1, 1], "backoff": [1, 2], "exclude": []}.items():
        gaps = [later - sooner for sooner, later in itertools.pairwise(runs[name])]
        assert len(gaps) == len(expected), name
        for gap, seconds in zip(gaps, expected, strict=True):
            assert seconds - 0.01 < gap < seconds + 0.9, (name, gaps)
    broker.join("default", timeout=5000)
    assert sorted(calls) == [("backoff", 2), ("countdown", 2), ("exclude", 0)]
    for witness in witnesses:
        assert sorted(type(each).__name__ for each in witness.seen) == ["Error"] * 6 + [
            "NarrowError"
        ]
        assert not any(vars(each) for each in witness.seen)
    key = f"{broker.namespace}:default.XQ"
    dead = [dramatiq.Message.decode(each) for each in broker.client.hvals(f"{key}.msgs")]
    # Dramatiq keeps the message as it was when it was sent for the last time.
    found = {
        each.actor_name: (each.options.get("retries"), each.options.get("traceback", "").split())
        for each in dead
    }
    assert found.pop("exclude") == (None, [])
    assert found.keys() == {"countdown", "backoff"}
    for retries, words in found.values():
        assert (retries, words[-3:]) == (2, [f"{__name__}.Error:", "attempt", "2"])


def test_the_time_limit_is_retried_like_an_exception(
    broker: dramatiq.Broker, fixtures: pytest.FixtureRequest
) -> None:
    """Celery's SoftTimeLimitExceeded is an Exception, so autoretry_for=(Exception,) catches it."""
    (limit,) = (each for each in broker.middleware if isinstance(each, TimeLimit))
    limit.manager.interval = 0.05  # type: ignore[union-attr]
    broker.emit_after("process_boot")
    runs = []

    @dramatiq.actor(retry_when=retry_policy(Exception, max_retries=1, countdown=0), time_limit=100)
    def endless() -> None:
        runs.append(1)
        while True:
            time.sleep(0.01)

    fixtures.getfixturevalue("worker")
    message = endless.send()
    with pytest.raises(ResultFailure, match="TimeLimitExceeded"):
        message.get_result(block=True, timeout=10_000)
    assert len(runs) == 2


def test_a_direct_call_inside_another_actor_ends_that_one(
    broker: dramatiq.Broker, fixtures: pytest.FixtureRequest
) -> None:
    """Celery leaves the outer task in the state RETRY, for good; here it fails, also for good."""
    runs = []

    @dramatiq.actor(retry_when=retry_policy())
    def inner() -> None:
        retry(inner)

    @dramatiq.actor(retry_when=retry_policy(Exception, max_retries=None))
    def outer() -> None:
        runs.append(1)
        inner()

    fixtures.getfixturevalue("worker")
    message = outer.send()
    with pytest.raises(ResultFailure, match="Retry: Task can be retried"):
        message.get_result(block=True, timeout=5000)
    assert len(runs) == 1


def test_both_ways_to_write_it_are_typed(actor: Callable[..., Actor]) -> None:
    """Mypy has nothing to say against these two; both end here."""
    ours = actor(retry_policy())

    def with_raise() -> int:
        raise retry(ours)

    def without() -> int:
        retry(ours)

    for function in (with_raise, without):
        with pytest.raises(Retry):
            function()


def test_the_limits_exception_has_celerys_attributes() -> None:
    for kind in (MaxRetriesExceededError, celery.exceptions.MaxRetriesExceededError):
        error = kind("text", task_args=[1], task_kwargs={"b": 2})
        assert (error.args, error.task_args, error.task_kwargs) == (("text",), [1], {"b": 2})
        assert (kind().task_args, kind().task_kwargs) == ([], {})
