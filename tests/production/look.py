"""What a Celery project is and does, seen in one process, without a server and without Dramatiq.

    python look.py < jobs

A job is a line of JSON: `root`, `app` (a module), `drive` (the project's programs, each a list of
words), `env`, and `output`, the file into which what was seen is written. Each is done in a fork.

Everything is Celery's own but the wire: kombu's memory transport and a result backend in memory
stand for every server, and a message is handed to the task's tracer, as a worker does it, when
somebody sleeps or waits, or when the programs have ended.
"""

import datetime as datetime_module
import importlib
import importlib.util
import inspect
import json
import os
import random
import re
import runpy
import signal
import sys
import threading
import time
import traceback
import types
from collections import Counter
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from unittest.mock import MagicMock

import celery
import celery.app.trace
import celery.beat
import kombu.transport.memory  # noqa: F401
from celery import _state
from celery.app import backends
from celery.backends.cache import CacheBackend
from celery.exceptions import SoftTimeLimitExceeded
from kombu import messaging, serialization, transport
from kombu.pidbox import Mailbox

ABSENT = ("dramatiq", "dramatiq_sqs", "django_dramatiq", "periodiq", "apscheduler")
MESSAGES = 150  # so many are run; a task that sends itself has no end
SLEEPS = 3000
SECONDS = 20
_ADDRESS = re.compile(r"at 0x[0-9a-f]+|(?<=id=')\d+")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_OF_SELF = (
    "__header__",
    "__v2_compat__",
    "_orig_run",
)  # made from the signature, in which self is missing
_OF_PROCESS = ("origin", "hostname", "reply_to", "delivery_info")
_MOMENTS = ("eta", "expires", "expiration")
NOW = datetime.now(timezone.utc)  # when every project begins


class Enough(BaseException):
    """So much is seen; nothing of the project's is to catch this."""


class Memory(CacheBackend):
    """Results in this process, whatever the URL says."""

    def __init__(self, app, url=None, **options):
        super().__init__(app, url="memory://", **options)


class Seen:
    """What is sent, run and recorded, in order."""

    def __init__(self):
        self.sent, self.runs, self.events, self.ended = [], [], [], []
        self.waiting, self.limits, self.sleeps, self.slept = [], [], 0, 0.0

    def publish(self, real):
        """Return what stands for `Producer.publish`."""
        names = list(inspect.signature(real).parameters)[1:]

        def publish(producer, *args, **options):
            options.update(zip(names, args, strict=False))
            self.sent.append(plain(dict(sorted(options.items()))))
            self.waiting.append(options)

        return publish

    def sleep(self, seconds):
        """Let the other side work; in a task its limit runs on."""
        self.sleeps, self.slept = self.sleeps + 1, self.slept + seconds
        if self.sleeps > SLEEPS:
            raise Enough
        self.deliver()
        if self.limits:
            self.limits[-1] -= seconds
            if self.limits[-1] < 0:
                self.limits[-1] = float("inf")
                raise SoftTimeLimitExceeded

    def clock(self, start):
        """Return a clock on which sleep passes, and a little whenever it is read."""

        def read():
            self.slept += 1e-4
            return start + self.slept

        return read

    def deliver(self):
        """Run the message that is due first, as a worker does."""
        if not self.waiting or len(self.limits) > 10:
            return False
        if len(self.runs) > MESSAGES:
            raise Enough
        due = min(self.waiting, key=lambda one: str((one.get("headers") or {}).get("eta") or ""))
        self.waiting.remove(due)
        run(self, due)
        return True


def run(seen, message):
    """Trace the task of a message, in whose headers is what it needs."""
    headers = dict(message.get("headers") or {})
    app = next((one for one in apps() if headers.get("task") in one.tasks), None)
    if app is None:
        seen.runs.append([headers.get("task"), "unknown"])
        return
    task, serializer = app.tasks[headers["task"]], message.get("serializer")
    kind, encoding, text = serialization.dumps(message["body"], serializer=serializer)
    args, kwargs, embed = serialization.loads(text, kind, encoding, accept={kind})
    queue = message.get("routing_key")
    where = {"exchange": message.get("exchange") or "", "routing_key": queue, "redelivered": False}
    request = dict(headers, args=args, kwargs=kwargs, is_eager=False, hostname="here",
                   delivery_info=where, correlation_id=headers["id"],
                   reply_to=message.get("reply_to"), **embed)  # fmt: skip
    request["group"] = headers.get("group")
    limit = (headers.get("timelimit") or [None, None])[1] or task.soft_time_limit
    tracer = celery.app.trace.build_tracer(task.name, task, app.loader, "here", app=app)
    seen.limits.append(limit or float("inf"))
    line = [task.name, plain(args), plain(kwargs)]
    seen.runs.append(line)
    try:
        result, info, _, shown = tracer(headers["id"], args, kwargs, request)
        line += [
            info and info.state,
            plain(result),
            plain(info and repr(info.retval)),
            plain(shown),
        ]
    finally:
        seen.limits.pop()


def apps():
    """Return the project's apps, in order."""
    found = sorted(_state._get_active_apps(), key=lambda one: str(one.main))
    return [app for app in found if app.main != "default"]  # Celery's own, for want of another


def plain(value):
    """Return a value as JSON has it; what JSON has not as its `repr`, without addresses."""
    if isinstance(value, dict):
        known = ((str(key), one) for key, one in value.items() if key not in _OF_PROCESS)
        return {key: moment(one) if key in _MOMENTS else plain(one) for key, one in known}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    return _ADDRESS.sub("at", repr(value))


def moment(value):
    """Return seconds from the start, for a moment as a message has it."""
    if isinstance(value, float) and value > 1e9:
        value = datetime.fromtimestamp(value, timezone.utc)
    if isinstance(value, str) and value[:4].isdigit():
        value = datetime.fromisoformat(value.replace("Z", "+00:00"))
    if not isinstance(value, datetime):
        return ["s", value] if isinstance(value, (int, float)) else plain(value)
    value = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
    return ["s", (value - NOW).total_seconds()]


def registry(app):
    """Return all attributes of all tasks."""
    return {
        name: {key: shown(value) for key, value in attributes(task)}
        for name, task in sorted(app.tasks.items())
    }


def attributes(task):
    found = {}
    for cls in reversed(type(task).__mro__[:-1]):
        found.update(vars(cls))
    found.update(vars(task))
    return sorted((key, value) for key, value in found.items() if key not in _OF_SELF)


def shown(value):
    """Return the `repr` without addresses; a function is not told from a static method."""
    value = value.__func__ if isinstance(value, staticmethod) else value
    return _ADDRESS.sub("at", repr(value))


def configuration(app):
    found = app.conf.table(with_defaults=True, censored=False)
    return {key: _ADDRESS.sub("at", repr(value)) for key, value in sorted(found.items())}


@contextmanager
def program(words):
    """Let a program believe that it was started by these words; `>` and `<` name its files."""
    words, files = list(words), {}
    for sign, stream in ((">", "stdout"), ("<", "stdin")):
        if sign in words:
            at = words.index(sign)
            files[stream] = Path(words[at + 1]).open("w" if sign == ">" else "r")  # noqa: SIM115
            del words[at : at + 2]
    files.setdefault("stdin", Path(os.devnull).open())  # noqa: SIM115  # ours holds the next jobs
    before = {"argv": sys.argv, **{stream: getattr(sys, stream) for stream in files}}
    try:
        for name, value in {"argv": words, **files}.items():
            setattr(sys, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(sys, name, value)
        for file in files.values():
            file.close()


def drive(seen, words):
    try:
        with program(words):
            runpy.run_path(words[0], run_name="__main__")
            for thread in threading.enumerate()[1:]:
                thread.join(5)
        seen.ended.append("")
    except (SystemExit, Exception) as error:  # noqa: BLE001  # what it ended with is compared
        seen.ended.append(f"{type(error).__name__}: {error}")


def schedule(app):
    """Send what the schedule has, once each, as beat does."""
    beat = celery.beat.Scheduler(app, lazy=True)
    beat.merge_inplace(app.conf.beat_schedule)
    for _, entry in sorted(beat.schedule.items()):
        beat.apply_async(entry, advance=False)


def moments(clock):
    """Return the class that the project has for `datetime`."""

    class Moment(datetime):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(clock(), tz)

        @classmethod
        def utcnow(cls):
            return cls.fromtimestamp(clock(), timezone.utc).replace(tzinfo=None)

    return Moment


def fake_redis():
    """Return a client that counts, and otherwise has nothing."""
    module, counts = MagicMock(), Counter()
    client = module.Redis.from_url.return_value
    module.Redis.return_value = client

    def incr(key):
        counts[key] += 1
        return counts[key]

    client.incr.side_effect = incr
    for name in ("exists", "llen", "get", "delete"):
        getattr(client, name).return_value = 0
    client.keys.return_value = []
    return module


def replace_servers():
    """Put what lies in this process in place of every server."""
    sys.modules.update(dict.fromkeys(ABSENT))
    sys.modules.update(redis=fake_redis(), pika=MagicMock())
    Mailbox._collect = lambda *_, **__: []  # nobody answers
    for name in transport.TRANSPORT_ALIASES:
        transport.TRANSPORT_ALIASES[name] = "kombu.transport.memory:Transport"
    for name in ("redis", "rediss", "rpc", "sentinel", "amqp", "django-db"):
        backends.BACKEND_ALIASES[name] = f"{__name__}:Memory"
    celery.Celery.now = lambda _app: NOW
    os.kill = os._exit = end


def end(*_):
    """Stand for what would end the worker."""
    raise Enough


def module_of(dotted):
    """Import the module in which an app is, as Celery finds it."""
    try:
        module = importlib.import_module(dotted)
        package = hasattr(module, "__path__") and importlib.util.find_spec(f"{dotted}.celery")
        return importlib.import_module(f"{dotted}.celery") if package else module
    except ModuleNotFoundError as error:
        if error.name != dotted:
            raise
        return importlib.import_module(dotted.rpartition(".")[0])


def look(job):
    """Return what is seen of a project."""
    os.chdir(job["root"])
    sys.path[:0] = [job["root"]]
    os.environ.update({"TRACE_URL": "redis://localhost:1/15", **job["env"]})
    random.seed(1)
    seen, trouble = Seen(), ""
    trace = types.ModuleType("trace")
    trace.record = lambda name, /, **fields: seen.events.append([name, plain(fields)])
    sys.modules["trace"] = trace
    replace_servers()
    messaging.Producer.publish = seen.publish(messaging.Producer.publish)
    time.sleep = seen.sleep
    time.time, time.monotonic = seen.clock(NOW.timestamp()), seen.clock(time.monotonic())
    datetime_module.datetime = moments(time.time)
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(Enough()))
    signal.alarm(SECONDS)
    tasks, conf = {}, {}
    try:
        module_of(job["app"])
        if "DJANGO_SETTINGS_MODULE" in os.environ:
            importlib.import_module("django").setup()
        for app in apps():
            app.loader.import_default_modules()
            app.finalize()
            tasks[str(app.main)], conf[str(app.main)] = registry(app), configuration(app)
        for words in job["drive"]:
            drive(seen, words)
        for app in apps():
            schedule(app)
        while seen.deliver():
            pass
    except Enough:
        trouble = "cut off"
    signal.alarm(0)
    return {"tasks": tasks, "conf": conf, "sent": seen.sent, "runs": seen.runs,
            "events": seen.events, "ended": seen.ended, "trouble": trouble}  # fmt: skip


def without_ids(text):
    """Number the ids as they come, and leave addresses out."""
    numbers = {}
    text = _ADDRESS.sub("at", text)
    return _ID.sub(lambda found: f"id {numbers.setdefault(found[0], len(numbers))}", text)


def child(job, leave=os._exit):
    code = 1
    try:
        with Path(job["output"] + ".log").open("w") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        text = json.dumps(look(job), default=repr)
        Path(job["output"]).write_text(without_ids(text.replace(job["root"], "ROOT")))
        code = 0
    except BaseException:  # noqa: BLE001  # the parent shows it
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        leave(code)


def main():
    for line in sys.stdin:
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            child(job)
        _, status = os.waitpid(pid, 0)
        print(status, flush=True)


if __name__ == "__main__":
    import look  # as a module that the project's programs, which are __main__ in turn, leave alone

    look.main()
