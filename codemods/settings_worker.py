"""Settings of the worker that are options of Dramatiq's command: how many processes, which pool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from celery2dramatiq.codemod import Context, Outcome, on_settings
from celery2dramatiq.index import App, Arg
from celery2dramatiq.mapping import Action, Row

CONCURRENCY = Row(
    "C2D655",
    "worker_concurrency, worker_pool, worker_pool_start_method",
    "--processes N, --threads N of the worker's command",
    Action.REVIEW,
    "the command decides: one that gives no number runs as many processes as there are processors",
    about="The number goes into the commands that start workers, where they stand in the "
    "project; look at those that stand elsewhere.",
)
OTHER_POOL = Row(
    "C2D656",
    "worker_pool of eventlet, gevent or of the project's own",
    "",
    Action.MANUAL,
    "which worker is started is decided by Dramatiq's command, not by a setting",
    "give the pool to the command (`celery worker -P`), and take it out of the settings",
    about="`dramatiq-gevent` is a program of its own.",
)
PREFETCH = Row(
    "C2D657",
    "worker_prefetch_multiplier, worker_disable_prefetch",
    "nothing",
    Action.REVIEW,
    "each process fetches up to two messages a thread before it runs them",
    about="Long tasks of one queue may wait behind one another although another process "
    "is idle; fewer threads a process make that less likely.",
)
_THREADS = ("threads", "celery.concurrency.thread:TaskPool")
_PROCESSES = ("prefork", "processes", "celery.concurrency.prefork:TaskPool", None)
_SOLO = ("solo", "celery.concurrency.solo:TaskPool")


@on_settings("worker_concurrency", "worker_pool", "worker_pool_start_method")
def concurrency(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Run as many processes, or threads, as Celery would."""
    pool = args["worker_pool"].literal if "worker_pool" in args else None
    if pool not in (*_THREADS, *_PROCESSES, *_SOLO):
        yield Outcome(OTHER_POOL, f"`{args['worker_pool'].code}`")
        return
    start = args.get("worker_pool_start_method")
    spawn = start is not None and start.literal == "spawn"
    words = ("--use-spawn",) if spawn else ()
    yield Outcome(CONCURRENCY, ", ".join(args), worker=(*_number(pool, args), *words))


def _number(pool: object, args: Mapping[str, Arg]) -> tuple[str, ...]:
    given = args["worker_concurrency"].literal if "worker_concurrency" in args else None
    number = given if isinstance(given, int) and given > 0 else None
    if pool in _SOLO:
        return ("--processes", "1")
    if pool in _THREADS:
        return ("--processes", "1", "--threads", str(number or 8))
    return ("--processes", str(number)) if number is not None else ()


@on_settings("worker_prefetch_multiplier", "worker_disable_prefetch")
def prefetch(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Say how many messages a process fetches."""
    yield Outcome(PREFETCH, ", ".join(args))
