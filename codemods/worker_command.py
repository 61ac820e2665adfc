"""`celery -A proj worker ...` in Procfiles, Dockerfiles, compose files, scripts and the like."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from celery2dramatiq.codemod import CommandOutcome, on_command
from celery2dramatiq.commands.options import Call, Option
from celery2dramatiq.commands.shell import Form
from celery2dramatiq.commands.target import Target
from celery2dramatiq.mapping import Action, Row

WORKER = Row(
    "C2D820",
    "celery -A proj worker",
    "dramatiq MODULE ... --threads 1",
    Action.REWRITE,
    about="The modules are those that Celery's worker would import for this app, each "
    "named on the command line. Celery runs one task at a time in each process, so "
    "`--threads 1` (Dramatiq's own default is 8).",
)
CONCURRENCY = Row(
    "C2D821",
    "-c N, --concurrency",
    "--processes N, or --threads N of one process",
    Action.REWRITE,
    about="As many tasks run at the same time as before.",
)
POOL = Row(
    "C2D822",
    "-P prefork, solo, threads, gevent",
    "--threads 1, --processes 1, dramatiq-gevent",
    Action.REWRITE,
    about="prefork becomes processes, threads become threads, solo one process with one "
    "thread, gevent the program `dramatiq-gevent`.",
)
OTHER_POOL = Row(
    "C2D823",
    "-P eventlet, custom, or a computed pool",
    "",
    Action.MANUAL,
    "Dramatiq has processes, threads and gevent",
    "choose one of those pools in Celery first",
    acceptable=True,
    about="With `--accept` the command gets processes.",
)
QUEUES = Row(
    "C2D824",
    "-Q a,b",
    "--queues a b",
    Action.REWRITE,
    about="Celery's names become Dramatiq's (`celery` is `default`; a prefix where the "
    "broker needs one).",
)
COMPUTED_QUEUES = Row(
    "C2D825",
    "-Q with a variable, -X",
    "",
    Action.MANUAL,
    "Dramatiq wants the names of its queues with blanks between, and can leave none out",
    "write the names of the queues out, behind `-Q`",
    acceptable=True,
    about="With `--accept` the worker reads all queues.",
)
LEVEL = Row(
    "C2D826",
    "-l info, -l debug",
    "nothing, --verbose",
    Action.REWRITE,
    about="Dramatiq logs INFO by default, and DEBUG with `--verbose`.",
)
OTHER_LEVEL = Row(
    "C2D827",
    "no log level, or one above info",
    "nothing",
    Action.REVIEW,
    "Dramatiq's worker logs what is of level INFO, too",
    about="Expect a line for each worker process when it starts, and what the project "
    "itself logs at INFO.",
)
FILES = Row(
    "C2D828",
    "--pidfile, --logfile",
    "--pid-file, --log-file",
    Action.REWRITE,
    about="The names differ by a dash.",
)
OWN = Row(
    "C2D829",
    "-n, -E, --without-gossip and other options of Celery's remote control",
    "nothing",
    Action.REWRITE,
    about="Dramatiq's workers have no names, send no events and do not talk to each other.",
)
REPLACED = Row(
    "C2D830",
    "--max-tasks-per-child, --max-memory-per-child",
    "nothing",
    Action.REVIEW,
    "a worker process is never replaced by a new one: what a task leaves in its memory stays",
    about="Watch the memory of the worker processes after the change.",
)
AUTOSCALE = Row(
    "C2D831",
    "--autoscale=MAX,MIN",
    "--processes MAX",
    Action.REVIEW,
    "there are always as many processes as there were at most",
    about="Memory is taken as at the busiest hour.",
)
PREFETCH = Row(
    "C2D832",
    "a worker of several processes, --prefetch-multiplier",
    "nothing",
    Action.REVIEW,
    "each process fetches up to two messages a thread of each queue: one may wait behind a long "
    "task while another process is idle",
    about="For long tasks use more processes with one thread, or a queue of their own.",
)
SETTINGS = Row(
    "C2D833",
    "a worker whose app names Django's settings, and manage.py others",
    "",
    Action.MANUAL,
    "`manage.py` takes its own where the environment names none",
    "let `manage.py` name the same settings, or set the variable where the worker is started",
    acceptable=True,
    about="Celery's worker takes DJANGO_SETTINGS_MODULE from the module of the app, "
    "`manage.py rundramatiq` from `manage.py`.",
)
WORKDIR = Row(
    "C2D834",
    "--workdir DIR",
    "--path DIR",
    Action.REVIEW,
    "modules are imported from there, and the current folder stays as it is",
    about="A program that opens files relative to the current folder finds others than before.",
)
UNNUMBERED = Row(
    "C2D835",
    "-P threads or gevent without -c",
    "--processes 1 --threads 8",
    Action.REVIEW,
    "eight threads, where Celery has one a processor",
    about="Give a number where that matters.",
)
UNSUPPORTED = Row(
    "C2D836",
    "an option of the worker that Dramatiq's has not",
    "",
    Action.MANUAL,
    "Dramatiq's worker has no such option",
    "put it into the app's settings, or leave it to what starts the worker",
    acceptable=True,
    about="With `--accept` the option is dropped.",
)
ARGUMENTS = Row(
    "C2D837",
    "a variable that holds options of the worker",
    "",
    Action.MANUAL,
    "it holds options of Celery's, or none: that is known only when it runs",
    "write the options out",
    acceptable=True,
    about="With `--accept` the variable is dropped from the line.",
)
NO_APP = Row(
    "C2D838",
    "a worker whose app is not named, or computed",
    "",
    Action.MANUAL,
    "which app's tasks it runs cannot be told",
    "name the app with `-A`",
    acceptable=True,
    about="With `--accept` it becomes the worker of the project's only app.",
)
OTHER_APP = Row(
    "C2D839",
    "a worker of an app that is not in the project",
    "",
    Action.MANUAL,
    "the project has no module of that name with this app",
    "run the tool on the project that has it, or with `--root` on the folder it is started in",
    about="The line stays as it is.",
)
EMBEDDED_BEAT = Row(
    "C2D840",
    "worker -B",
    "",
    Action.MANUAL,
    "Dramatiq's worker sends nothing on a schedule",
    "start `celery beat` on its own",
    acceptable=True,
    about="With `--accept` the line starts the worker alone: the schedule then has to be "
    "sent by something else.",
)
HALF = Row(
    "C2D841",
    "a worker of tasks some of which move",
    "",
    Action.MANUAL,
    "it stays for the tasks that stay on Celery, and those that move need one of Dramatiq's, too",
    "start both until all tasks have moved",
    about="The report has both commands. The line itself stays, for the tasks that stay.",
)

_THREADS = ("threads", "gevent")


@on_command("worker")
def worker(option: Option | None, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Start Dramatiq with the modules of the app and of the tasks, one thread a process."""
    pool = _pool(call, target)
    program, *words = target.words
    words += [name for name in _included(call) if name not in words]
    if pool == "gevent" and target.django:
        words.append("--use-gevent")
    elif pool == "gevent":
        program = "dramatiq-gevent"
    words += _of_settings(pool, call, target)
    if not call.option("--queues") and target.other_queues:
        words += ["--queues", target.own_queue]
    if "--skip-logging" in target.options:
        words.append("--skip-logging")
    yield CommandOutcome(WORKER, words=tuple(words), program=program)
    if not call.option("--loglevel"):
        yield CommandOutcome(OTHER_LEVEL, "no `-l`")
    if _is_several(call, target):
        yield CommandOutcome(PREFETCH)
    if call.launch.module and program == "dramatiq-gevent":
        yield CommandOutcome(OTHER_POOL, "gevent behind `python -m`")
    if target.django and call.launch.words[call.launch.program].form is Form.ALONE:
        yield CommandOutcome(UNSUPPORTED, "`celery` on its own")
    for name, value in target.env:
        yield CommandOutcome(SETTINGS, f"`{name}={value}`")


def _of_settings(pool: str, call: Call, target: Target) -> Iterator[str]:
    """Yield the numbers of processes and of threads that the command leaves to the settings."""
    threads, named = pool in _THREADS, _named_pool(call) is not None
    number = call.option("--concurrency", "--autoscale") is not None
    if pool == "solo":
        yield from () if named else ("--processes", "1", "--threads", "1")
        return
    if not threads:
        yield from ("--threads", "1")
        yield from ("--processes", target.concurrency) if target.concurrency and not number else ()
    elif not named:
        yield from ("--processes", "1")
        yield from () if number else ("--threads", target.concurrency or "8")
    if "--use-spawn" in target.options and not call.option("--pool-start-method"):
        yield "--use-spawn"


def _is_several(call: Call, target: Target) -> bool:
    number = call.option("--concurrency", "--autoscale")
    alone = (number.value if number is not None else target.concurrency) == "1"
    return _pool(call, target) not in (*_THREADS, "solo") and not alone


@on_command("worker", "--app")
def app(option: Option, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Name the modules instead of the app (`worker` does it)."""
    yield from ()


@on_command("worker", "--concurrency")
def concurrency(option: Option, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Make as many processes, or threads, as there were."""
    pool = _pool(call, target)
    if pool == "solo" or call.option("--autoscale"):
        yield CommandOutcome(CONCURRENCY, "without effect")
    elif option.value == "auto":
        yield CommandOutcome(UNSUPPORTED, "`auto`")
    elif option.value == "0":
        yield CommandOutcome(CONCURRENCY, "0: as many as there are processors")
    else:
        rename = "--threads" if pool in _THREADS else "--processes"
        yield CommandOutcome(CONCURRENCY, rename=rename)


@on_command("worker", "--pool")
def pool(option: Option, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Make one process of threads or of greenlets, or one with one thread."""
    if option is not call.option("--pool"):
        yield CommandOutcome(POOL, "without effect")
    elif option.value in _THREADS and not call.option("--concurrency", "--autoscale"):
        if target.concurrency:
            words = ("--processes", "1", "--threads", target.concurrency)
            yield CommandOutcome(POOL, f"`{option.value}`", words=words)
            return
        yield CommandOutcome(UNNUMBERED, words=("--processes", "1", "--threads", "8"))
    elif option.value in _THREADS:
        yield CommandOutcome(POOL, f"`{option.value}`", words=("--processes", "1"))
    elif option.value == "solo":
        yield CommandOutcome(POOL, "`solo`", words=("--processes", "1", "--threads", "1"))
    elif option.value in ("prefork", "processes"):
        yield CommandOutcome(POOL, f"`{option.value}`")
    else:
        yield CommandOutcome(OTHER_POOL, f"`{option.value}`")


def _named_pool(call: Call) -> str | None:
    """Return the pool that the command names; `prefork` is what the settings say, if they do.

    (celery/bin/worker.py: WorkersPool.convert)
    """
    given = call.option("--pool")
    return given.value if given is not None and given.value != "prefork" else None


def _pool(call: Call, target: Target) -> str:
    """Return the pool that the command names, or the settings."""
    named = _named_pool(call)
    if named is not None:
        return named
    return next((name for name in ("threads", "solo") if name[:6] in target.pool), "prefork")


@on_command("worker", "--autoscale")
def autoscale(option: Option, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Make as many processes as there were at most."""
    numbers = re.fullmatch(r"(\d+)(,\d+)?", option.value or "")
    if numbers is None:
        yield CommandOutcome(UNSUPPORTED, f"`{option.text}`")
    else:
        name = "--threads" if _pool(call, target) in _THREADS else "--processes"
        yield CommandOutcome(AUTOSCALE, f"`{option.text}`", words=(name, numbers[1]))


@on_command("worker", "--queues")
def queues(option: Option, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Name Dramatiq's queues for those of Celery's."""
    names = (option.value or "").split(",")
    if option.computed or not all(re.fullmatch(r"[A-Za-z_][\w.-]*", name) for name in names):
        yield CommandOutcome(COMPUTED_QUEUES, f"`{option.text}`")
    else:
        words = ("--queues", *target.dramatiq_queues(names))
        yield CommandOutcome(QUEUES, f"`{option.value}`", words=words)


@on_command("worker", "--exclude-queues")
def exclude(option: Option, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Refuse: which queues are left is not known."""
    yield CommandOutcome(COMPUTED_QUEUES, f"`{option.text}`")


@on_command("worker", "--loglevel")
def level(option: Option, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Keep INFO, which is Dramatiq's own, and DEBUG."""
    name = (option.value or "").lower()
    if name == "debug":
        words = ("--verbosity", "2") if target.django else ("--verbose",)
        yield CommandOutcome(LEVEL, "`debug`", words=words)
    elif name == "info":
        yield CommandOutcome(LEVEL, "`info`")
    else:
        yield CommandOutcome(OTHER_LEVEL, f"`{option.text}`")


@on_command("worker", "--pidfile", "--logfile")
def files(option: Option, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Keep the file; celery/platforms.py writes the node's name for %n and the like."""
    if re.search(r"%[nhdiIp]", option.value or ""):
        yield CommandOutcome(UNSUPPORTED, f"`{option.value}`, whose % stands for a name")
    else:
        rename = {"--pidfile": "--pid-file", "--logfile": "--log-file"}[option.name]
        yield CommandOutcome(FILES, f"`{option.value}`", rename=rename)


@on_command(
    "worker",
    "--hostname", "--task-events", "--without-gossip", "--without-mingle", "--without-heartbeat",
    "--heartbeat-interval", "--statedb", "--optimization", "--no-color", "--quiet",
    "--skip-checks",
)  # fmt: skip
def own(option: Option, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Drop what only concerns Celery's nodes and their monitors."""
    yield CommandOutcome(OWN, f"`{option.text}`")


@on_command("worker", "--max-tasks-per-child", "--max-memory-per-child")
def replaced(option: Option, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Say that processes are never replaced."""
    yield CommandOutcome(REPLACED, f"`{option.text}`")


@on_command("worker", "--prefetch-multiplier", "--disable-prefetch")
def prefetch(option: Option, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Say how many messages a process fetches."""
    yield CommandOutcome(PREFETCH, f"`{option.text}`")


@on_command("worker", "--pool-start-method")
def start_method(option: Option, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Spawn, or fork, which is what Dramatiq does by itself where Celery does."""
    spawn = option.value == "spawn"
    if spawn or option.value == "fork":
        yield CommandOutcome(POOL, f"`{option.value}`", words=("--use-spawn",) if spawn else ())
    else:
        yield CommandOutcome(UNSUPPORTED, f"`{option.text}`")


@on_command("worker", "--include")
def include(option: Option, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Import them (`worker` does it: Dramatiq wants modules before its options)."""
    if option.computed or target.django:
        yield CommandOutcome(UNSUPPORTED, f"`{option.text}`")
    else:
        yield CommandOutcome(WORKER, f"`{option.value}`")


def _included(call: Call) -> Iterator[str]:
    for option in call.options:
        if option.name == "--include" and not option.computed:  # else it is refused
            yield from filter(None, (option.value or "").split(","))


@on_command("worker", "--workdir")
def workdir(option: Option, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Import from there; `manage.py` would have to be there, too."""
    if target.django:
        yield CommandOutcome(UNSUPPORTED, f"`{option.text}`")
    else:
        yield CommandOutcome(WORKDIR, rename="--path")


@on_command("worker", "--beat", "--schedule-filename", "--scheduler")
def embedded_beat(option: Option, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Refuse: nothing takes the schedule's place."""
    yield CommandOutcome(EMBEDDED_BEAT, f"`{option.text}`")


@on_command("worker", "*")
def unsupported(option: Option, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Refuse what is not known, and name it."""
    if option.computed and not option.text.startswith("-"):
        yield CommandOutcome(ARGUMENTS, f"`{option.text}`", keep=True)
    else:
        yield CommandOutcome(UNSUPPORTED, f"`{option.text}`")


@on_command("worker without its app")
def no_app(option: Option | None, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Refuse: the tasks could be another app's."""
    yield CommandOutcome(NO_APP)


@on_command("worker of another app")
def other_app(option: Option, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Leave it alone."""
    yield CommandOutcome(OTHER_APP, f"`{option.value}`", harmless=True)


@on_command("worker of both")
def half(option: Option | None, call: Call, target: Target) -> Iterator[CommandOutcome]:
    """Leave it to the tasks that stay, and say what the others need."""
    numbers = shlex.join(_numbers(call, target))
    command = f"{target.command()} {numbers}".strip()
    yield CommandOutcome(HALF, f"`{command}`", harmless=True)


def _numbers(call: Call, target: Target) -> Iterator[str]:
    """Yield how many processes the command asks for, where its pool is one of processes."""
    number = call.option("--concurrency", "--autoscale")
    if _pool(call, target) in (*_THREADS, "solo"):
        return
    given = re.fullmatch(r"(\d+)(,\d+)?", number.value or "") if number is not None else None
    if given is not None and given[1] != "0":
        yield from ("--processes", given[1])
