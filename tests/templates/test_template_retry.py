"""`retry` and `retry_policy` do what celery.app.task.Task.retry and autoretry_for do."""

# mypy: allow-untyped-calls

from __future__ import annotations

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
from dramatiq.middleware import CurrentMessage, TimeLimit, TimeLimitExceeded
from dramatiq.results import ResultFailure

from celery2dramatiq.templates.dramatiq_helpers import (
    MaxRetriesExceededError,
    make_broker,
    request,
    retry,
    retry_policy,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Actor = dramatiq.Actor[Any, Any]

DEFAULT = object()  # says: do not pass this


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

        quick: Any = {"min_backoff": 1, "max_backoff": 1}

        @dramatiq.actor(actor_name=name, broker=broker, retry_when=policy, **quick)
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


def test_the_time_limit_is_retried_like_an_exception(
    broker: dramatiq.Broker, fixtures: pytest.FixtureRequest
) -> None:
    """Celery's SoftTimeLimitExceeded is an Exception, so autoretry_for=(Exception,) catches it."""
    (limit,) = (each for each in broker.middleware if isinstance(each, TimeLimit))
    limit.manager.interval = 0.05  # type: ignore[union-attr]
    broker.emit_after("process_boot")
    runs = []

    policy = retry_policy(Exception, max_retries=1)

    @dramatiq.actor(retry_when=policy, min_backoff=1, max_backoff=1, time_limit=100)
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
