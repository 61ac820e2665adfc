"""`TypedJSONEncoder` writes and reads what kombu's JSON does, which Celery sends by default."""

# mypy: allow-untyped-calls

from __future__ import annotations

import enum
import random
import subprocess
import sys
import types
import uuid
from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import celery  # type: ignore[import-untyped]
import dramatiq
import kombu.exceptions
import pytest
from celery.contrib.testing.worker import start_worker  # type: ignore[import-untyped]
from dramatiq.errors import DecodeError
from kombu.utils import json as kombu_json

from celery2dramatiq.templates import dramatiq_helpers
from celery2dramatiq.templates.dramatiq_helpers import (
    TypedJSONEncoder,
    make_broker,
    request,
    retry,
    retry_policy,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ENCODER = TypedJSONEncoder()


@pytest.fixture
def fixtures(request: pytest.FixtureRequest) -> pytest.FixtureRequest:
    """For `worker`, which has to start when the actors are declared."""
    return request


class Moment(datetime):
    """Like those of pendulum: another text, which is not what kombu takes."""

    def isoformat(self, sep: str = "T", timespec: str = "auto") -> str:
        return "now and then"


class Day(date):
    def isoformat(self) -> str:
        return "2020-02-02"


class WithJSON:
    def __init__(self, value: Any) -> None:
        self.value = value

    def __json__(self) -> Any:
        return self.value


class MomentWithJSON(datetime):
    def __json__(self) -> Any:
        return ["a moment", self.date()]


class TextWithJSON(str):
    __slots__ = ()

    def __json__(self) -> Any:
        raise AssertionError("a text is never asked")


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 9


class Name(str, enum.Enum):
    ANN = "ann"


class Number(float):
    pass


class Money(Decimal):
    pass


@dataclass(frozen=True)
class Point:
    x: int


Pair = namedtuple("Pair", "left right")

PLAIN: list[Any] = [
    None,
    True,
    0,
    -(2**70),
    1.5,
    1e300,
    float("nan"),
    float("inf"),
    float("-inf"),
    "",
    'text "quoted" \\ \n \x00 é \u2028 \U0001f600 \ud800',
    [],
    {},
    (),
    (1, (2,)),
    Pair(1, 2),
    OrderedDict(b=1, a=2),
    {1: 1, 1.5: 2, None: 3, False: 4, "5": 5},
    {1: "a", "1": "b"},
    {float("nan"): 1},
    {Level.HIGH: Level.HIGH},
    Name.ANN,
    Number(2.5),
    TextWithJSON("x"),
    {"__type__": "datetime"},
    {"__value__": 1, "__type__": 2, "more": 3},
]
EAST = timezone(timedelta(hours=5, minutes=30))
TYPED: list[Any] = [
    datetime(2020, 1, 2, 3, 4, 5),
    datetime(2020, 1, 2, 3, 4, 5, 678),
    datetime(2020, 1, 2),
    datetime(1, 1, 1, tzinfo=timezone.utc),
    datetime(2020, 1, 2, 3, 4, 5, 6, tzinfo=EAST),
    datetime(2020, 1, 2, tzinfo=timezone(timedelta(seconds=-3601))),
    datetime(2020, 1, 2, tzinfo=timezone(timedelta(hours=1), "CET")),
    datetime(2020, 10, 25, 2, fold=1),
    datetime.max,
    Moment(2020, 1, 2),
    MomentWithJSON(2020, 1, 2),
    date(2020, 1, 2),
    date.min,
    Day(2020, 1, 2),
    time(1, 2, 3),
    time(1, 2, 3, 4, tzinfo=EAST),
    time.min,
    Decimal("1.10"),
    Decimal("-0"),
    Decimal("1E+400"),
    Decimal("NaN"),
    Decimal("-Infinity"),
    Money("3"),
    uuid.UUID(int=7),
    uuid.UUID("12345678-1234-5678-1234-567812345678", is_safe=uuid.SafeUUID.unsafe),
    b"",
    b"text \x00",
    "é".encode(),
    b"\xff\x00",
    WithJSON(None),
    WithJSON({"when": date(2020, 1, 2), "inner": WithJSON((1, b"\xff"))}),
]
REFUSED: list[Any] = [
    {1},
    frozenset(),
    timedelta(1),
    timezone.utc,
    bytearray(b"x"),
    memoryview(b"x"),
    1j,
    range(3),
    iter([1]),
    {}.keys(),
    object(),
    Point(1),
    Colour.RED,
    ValueError("x"),
    Point,
    len,
    WithJSON,
    WithJSON({1}),
    {(1, 2): 3},
    {b"x": 1},
    {date(2020, 1, 2): 1},
    {uuid.UUID(int=1): 1},
    {Decimal(1): 1},
    {Colour.RED: 1},
]


LOOK_ALIKES: list[Any] = [
    {"__type__": "nothing", "__value__": 1},
    {"__type__": None, "__value__": None},
    {"__type__": [], "__value__": 1},
    {"__type__": "datetime", "__value__": "soon"},
    {"__type__": "date", "__value__": 1},
    {"__type__": "time", "__value__": None},
    {"__type__": "decimal", "__value__": "x"},
    {"__type__": "uuid", "__value__": {}},
    {"__type__": "uuid", "__value__": "x"},
    {"__type__": "bytes", "__value__": 1},
    {"__type__": "base64", "__value__": "a"},
    {"__type__": "base64", "__value__": "é"},
]


def outcome(function: Callable[[Any], Any], value: Any) -> str:
    """What comes of it; `repr` tells 1 from 1.0 and True, and shows NaN and time zones."""
    try:
        return repr(function(value))
    except Exception as error:  # noqa: BLE001
        return f"{type(error).__name__}: {error}"


def ours(value: Any) -> Any:
    return ENCODER.decode(ENCODER.encode(value))


def theirs(value: Any) -> Any:
    return kombu_json.loads(kombu_json.dumps(value))


def text(value: Any) -> bytes:
    """What kombu writes, without the spaces, as Dramatiq writes JSON."""
    written: str = kombu_json.dumps(value, separators=(",", ":"))
    return written.encode()


def nested(choice: random.Random, leaves: list[Any], depth: int = 4) -> Any:
    kind = choice.randrange(6) if depth else 0
    if kind <= 2:
        return choice.choice(leaves)
    values = [nested(choice, leaves, depth - 1) for _ in range(choice.randrange(4))]
    if kind == 3:
        return {choice.choice(["a", "b", "__type__", 1, None]): value for value in values}
    return tuple(values) if kind == 4 else values


@pytest.mark.parametrize("value", [*PLAIN, *TYPED], ids=lambda value: type(value).__name__)
def test_a_value(value: Any) -> None:
    for each in (value, [value], {"key": value}, (1, {"a": [value]})):
        assert ENCODER.encode(each) == text(each)
        assert repr(ours(each)) == repr(theirs(each))


@pytest.mark.parametrize("value", REFUSED, ids=lambda value: type(value).__name__)
def test_a_value_that_is_refused(value: Any) -> None:
    for each in (value, [value], {"key": value}, (1, {"a": [value]})):
        assert outcome(ours, each) == outcome(theirs, each)
        assert outcome(ours, each).startswith("TypeError")


@pytest.mark.parametrize("seed", range(300))
def test_nested_values(seed: int) -> None:
    value = nested(random.Random(seed), [*PLAIN, *TYPED])
    assert ENCODER.encode(value) == text(value)
    assert repr(ours(value)) == repr(theirs(value))
    value = nested(random.Random(seed), [*PLAIN, *TYPED, *REFUSED])
    assert outcome(ours, value) == outcome(theirs, value)


@pytest.mark.parametrize("seed", range(100))
def test_plain_values_are_those_of_dramatiqs_own_encoder(seed: int) -> None:
    value = nested(random.Random(seed), PLAIN)
    written = dramatiq.JSONEncoder().encode(value)
    assert ENCODER.encode(value) == written
    assert repr(ENCODER.decode(written)) == repr(dramatiq.JSONEncoder().decode(written))


@pytest.mark.parametrize("value", TYPED, ids=lambda value: type(value).__name__)
def test_dramatiqs_own_encoder_can_read_the_rest(value: Any) -> None:
    kept = {"queue_name": "default", "options": {"delay": 1}}
    message: Any = {**kept, "args": (value,)}
    read: Any = dramatiq.JSONEncoder().decode(ENCODER.encode(message))
    del read["args"]
    assert read == kept


def test_a_circle() -> None:
    circle: list[Any] = []
    circle.append(circle)
    assert outcome(ours, circle) == outcome(theirs, circle)
    assert outcome(ours, circle).startswith("ValueError: Circular")


@pytest.mark.parametrize("value", LOOK_ALIKES, ids=str)
def test_a_dict_that_only_looks_like_a_typed_value(value: dict[str, Any]) -> None:
    """kombu refuses it when it comes back; Dramatiq's consumer would get it again and again."""
    assert not outcome(theirs, value).startswith("{")
    assert repr(ours([value])) == repr([value])


def test_a_dict_that_looks_like_a_typed_value_in_all() -> None:
    value: Any = {"__value__": "1.0", "__type__": "decimal"}
    assert ours(value) == theirs(value) == Decimal("1.0")


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[1,]", b"'a'"])
def test_what_is_not_json(data: bytes) -> None:
    for encoder in (ENCODER, dramatiq.JSONEncoder()):
        with pytest.raises(DecodeError) as caught:
            encoder.decode(data)
        assert isinstance(caught.value.error, ValueError)


def test_lazy_texts_of_django(monkeypatch: pytest.MonkeyPatch) -> None:
    class Promise:
        def __str__(self) -> str:
            return "translated"

    value = {"label": [Promise()]}
    assert outcome(ours, value) == "TypeError: Object of type Promise is not JSON serializable"
    module: Any = types.ModuleType("django.utils.functional")
    module.Promise = Promise
    monkeypatch.setitem(sys.modules, "django.utils.functional", module)
    monkeypatch.setattr(kombu_json, "textual_types", (Promise,))
    assert ENCODER.encode(value) == text(value) == b'{"label":["translated"]}'
    assert "TypeError" in outcome(ours, [object()])


def test_a_type_of_the_projects_own(monkeypatch: pytest.MonkeyPatch) -> None:
    types_of_kombu: Any = kombu_json._encoders, kombu_json._decoders
    for name, registered in zip(("_encoders", "_decoders"), types_of_kombu, strict=True):
        monkeypatch.setattr(kombu_json, name, dict(registered))
    kombu_json.register_type(Point, "point", lambda point: [point.x], lambda args: Point(*args))
    added: Any = (Point, lambda point: [point.x], lambda args: Point(*args))
    monkeypatch.setitem(dramatiq_helpers._JSON_TYPES, "point", added)
    assert ENCODER.encode({"at": Point(1)}) == text({"at": Point(1)})
    assert ours({"at": Point(1)}) == theirs({"at": Point(1)}) == {"at": Point(1)}


def test_the_broker_sets_the_encoder_of_messages_and_results() -> None:
    dramatiq.set_encoder(dramatiq.JSONEncoder())
    backend = make_broker("memory://", "cache+memory://").get_results_backend()
    assert isinstance(dramatiq.get_encoder(), TypedJSONEncoder)
    assert backend.encoder is dramatiq.get_encoder()


def test_the_broker_leaves_an_encoder_of_the_projects_own_alone() -> None:
    class Own(dramatiq.JSONEncoder):
        pass

    for encoder in (dramatiq.PickleEncoder(), Own(), TypedJSONEncoder()):
        dramatiq.set_encoder(encoder)
        backend = make_broker("memory://", "cache+memory://").get_results_backend()
        assert dramatiq.get_encoder() is backend.encoder is encoder


def test_kombu_is_not_imported() -> None:
    code = (
        "import sys\n"
        "from celery2dramatiq.templates.dramatiq_helpers import make_broker\n"
        "import dramatiq\n"
        "make_broker('memory://', 'cache+memory://')\n"
        "dramatiq.get_encoder().encode([b''])\n"
        "print(*{'kombu', 'celery', 'django'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


def echo(*args: Any, **kwargs: Any) -> list[Any]:
    """Say what it was given, in words and as it is."""
    return [repr([args, kwargs]), args, kwargs]


@pytest.fixture(scope="module")
def in_celery(redis_url: str) -> list[str]:
    """What Celery makes of each value, sent over Redis."""
    app = celery.Celery(broker=redis_url, backend=redis_url, set_as_current=False)
    app.conf.worker_hijack_root_logger = False
    task = app.task(echo, shared=False, name=f"{__name__}.echo")
    with start_worker(app, perform_ping_check=False, pool="solo", loglevel=50):
        sent = [task.delay(value, [value], key={"of": value}) for value in [*PLAIN, *TYPED]]
        return [repr(each.get(timeout=10)) for each in sent]


def test_over_redis(broker: dramatiq.Broker, worker: dramatiq.Worker, in_celery: list[str]) -> None:
    actor = dramatiq.actor(echo)
    sent = [actor.send(value, [value], key={"of": value}) for value in [*PLAIN, *TYPED]]
    assert [repr(each.get_result(block=True, timeout=5000)) for each in sent] == in_celery


def test_what_celery_refuses_to_send(broker: dramatiq.Broker) -> None:
    app = celery.Celery(broker="memory://", set_as_current=False)
    task = app.task(echo, shared=False, name=f"{__name__}.echo")
    actor = dramatiq.actor(echo)
    for value in REFUSED:
        with pytest.raises(kombu.exceptions.EncodeError):
            task.delay(value)
        with pytest.raises(TypeError):
            actor.send(value)


def test_a_look_alike_does_not_stop_the_consumer(
    broker: dramatiq.Broker, worker: dramatiq.Worker
) -> None:
    actor = dramatiq.actor(echo)
    sent = [actor.send(value) for value in LOOK_ALIKES]
    for value, message in zip(LOOK_ALIKES, sent, strict=True):
        assert message.get_result(block=True, timeout=2000)[1] == [value]


def test_in_a_pipeline_and_later_and_again(
    broker: dramatiq.Broker, fixtures: pytest.FixtureRequest
) -> None:
    """A message may hold another one in its options, and is written once more at each step."""

    @dramatiq.actor
    def tomorrow(day: date) -> date:
        return day + timedelta(1)

    @dramatiq.actor(retry_when=retry_policy())
    def twice(number: Decimal, day: date) -> Any:
        if request(twice).retries == 0:
            retry(twice, countdown=0.01)
        return [number, day, request(twice).args, request(twice).headers]

    fixtures.getfixturevalue("worker")
    headers = {"when": datetime(2020, 1, 1)}
    first = tomorrow.message_with_options(args=(date(2019, 12, 31),))
    second = twice.message_with_options(args=(Decimal("1.50"),), headers=headers)
    pipeline = (first | second).run(delay=20)
    found = pipeline.get_result(block=True, timeout=5000)
    assert repr(found) == repr(
        [Decimal("1.50"), date(2020, 1, 1), [Decimal("1.50"), date(2020, 1, 1)], headers]
    )
