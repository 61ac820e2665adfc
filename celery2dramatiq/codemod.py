"""The kinds of rules that a codemod may have, what they answer, and `load()`, which finds them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from celery2dramatiq import routing
from celery2dramatiq.index import MISSING, App, Arg, Index, Place, Reading, Step, Task, Use
from celery2dramatiq.index.schedules import Entry
from celery2dramatiq.mapping import ENGINE_ROWS, Row
from celery2dramatiq.specs import Code, Import, Keep, Milliseconds, Spec, Splice, Text

if TYPE_CHECKING:
    from celery2dramatiq.commands.options import Call, Option
    from celery2dramatiq.commands.target import Target
    from celery2dramatiq.files import Source
    from celery2dramatiq.plan import Plan

if TYPE_CHECKING:
    from celery2dramatiq.plan.needs import Need

PACKAGE = "celery2dramatiq.codemods"
EVERY_TASK = "every task"  # the tie of what concerns the tasks of the whole project
EVERY_CANVAS = "every canvas"  # the tie of signatures that leave their file
HELPERS = "dramatiq_helpers"  # the module with the helpers, in the user's project
BRIDGE = "dramatiq_bridge"  # what it is imported through where only development runs on Dramatiq


def class_tie(class_id: str) -> str:
    """Return the tie of the tasks that are instances of a class, or of one derived from it."""
    return f"class {class_id}"


def is_taken(index: Index, path: str, name: str) -> bool:
    """Tell whether a name stands for something in any scope of a file."""
    module = index.modules.get(path)
    imported = any(use.path == path and use.name == name for use in index.imports)
    return imported or (module is not None and name in module.bound)


@dataclass(frozen=True, slots=True)
class Options:
    """What the user chose.

    wish: paths, relative to the root, to which the move is limited. task_decorators: dotted names
    of decorators outside the project that declare tasks. select, ignore: beginnings of the codes
    that are reported, and that are not; they change nothing of what is done. exclude: patterns
    of files to leave out. baseline: the file with the uses of Celery that are known. leave: paths
    of files that are not edited: what is declared or used in them stays on Celery.
    dev_only: the code is to run on Dramatiq in development, and on Celery everywhere else.
    scheduler: what sends the periodic tasks, one of `configuration.SCHEDULERS`.
    broker: of what moves, a key of `plan.brokers.URLS`, or `same` for Celery's.
    """

    wish: tuple[str, ...] = ()
    accept: frozenset[str] = frozenset()
    retries: str = "keep"
    time_limit: str = "keep"
    task_decorators: frozenset[str] = frozenset()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    baseline: str = ""
    leave: tuple[str, ...] = ()
    dev_only: bool = False
    scheduler: str = "apscheduler"
    broker: str = "same"

    @property
    def helpers(self) -> str:
        """Return the module from which the migrated code imports its helpers."""
        return BRIDGE if self.dev_only else HELPERS


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may look at besides its own site.

    results: the broker will have a result backend (None: that is computed). lost_results: it will
    not, although the app has one. queue_prefix: for queues that
    Celery may have declared otherwise. default_queue: of the app's settings, "" for Dramatiq's
    own. routes, annotations: the settings of those names. keywords: asks the `KeywordRule`s.
    other_broker: ids of the apps whose tasks move to another broker than Celery's; the index then
    has the URL of that one. rabbitmq: Celery's own may be RabbitMQ. made: whose URL the brokers
    have that an earlier run made, `celery` or `other`.
    """

    index: Index
    options: Options
    tasks: Mapping[str, Task]
    uses_of_self: Mapping[str, tuple[Use, ...]]  # by task id; its own name in its body as well
    keywords: Callable[[Task, Mapping[str, Arg]], tuple[Outcome, ...]]
    results: bool | None = False
    lost_results: bool = False
    queue_prefix: str = ""
    default_queue: str = ""
    routes: Arg | None = None
    annotations: Arg | None = None
    other_broker: frozenset[str] = frozenset()
    rabbitmq: bool = False
    made: frozenset[str] = frozenset()

    def queue_of(self, task: Task) -> str:
        """Return the queue that the settings give to a task without one, "" for Dramatiq's own."""
        return routing.queue_of(task.name or "", self.routes) or self.default_queue

    def is_setting(self, place: Place) -> bool:
        """Tell whether a place lies in the routes or annotations that are made options."""
        found = [arg for arg in (self.routes, self.annotations) if arg is not None]
        return any(own.holds(place) for arg in found for own in arg.places)

    def call(self, path: str, helper: str) -> str:
        """Return how a file calls a helper: by its name, or through its module if that is taken.

        The name of a helper may be a variable's in any function of the file.
        """
        taken = is_taken(self.index, path, helper)
        return f"{self.options.helpers}.{helper}" if taken else helper

    def quoted(self, path: str, text: str) -> str:
        """Return a string literal in the quotes that the file prefers."""
        module = self.index.modules.get(path)
        quote = module.quote if module is not None else '"'
        if quote in text or "\\" in text or not text.isprintable():
            return repr(text)
        return f"{quote}{text}{quote}"

    def lacks(self, part: str) -> bool:
        """Tell whether the project has a helper module that was written without a part of it.

        What stands there is never changed, so `make_broker` there cannot come to use it.
        """
        return any(
            "make_broker" in module.exports and part not in module.exports
            for path, module in self.index.modules.items()
            if path.rpartition("/")[2] == f"{HELPERS}.py"
        )

    def by_name(self, name: object) -> Task | None:
        """Return the task of that Celery name, if there is exactly one."""
        found = [task for task in self.tasks.values() if task.name == name]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule answers about one construct.

    row: one of the codemod's own; its action is the answer's. note: what is particular here.
    gives: what kind of thing the expression is from here on (see `UseRule`).
    sets: options of the actor, arguments of the send, or of `make_broker`.
    modules: dotted names of modules that the worker imports.
    worker: options of the worker's command.
    harmless: of a MANUAL row: it is said, and holds no task back.
    needs: packages that the migrated code imports.
    task: id of the task that a use of the app means (`send_task`).
    tie: tasks whose uses have one of these ties in common move together or stay together.
    also: what else is said at the same place, such as the keywords of a send.
    at: the place that it speaks of, if not the one that the rule was asked about.
    beside: what is done instead of `specs` where tasks of the app stay; with it the use is carried
    out as soon as any task moves.
    scheduler: of an entry of the schedule: what starts the scheduler that has it, where that is
    no module that is written for it.
    """

    row: Row
    note: str = ""
    specs: tuple[Spec, ...] = ()
    gives: str = ""
    sets: tuple[tuple[str, Code], ...] = ()
    modules: tuple[str, ...] = ()
    worker: tuple[str, ...] = ()
    imports: tuple[Import, ...] = ()
    helpers: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    harmless: bool = False
    task: str = ""
    tie: tuple[str, ...] = ()
    also: tuple[Outcome, ...] = ()
    at: Place | None = None
    beside: tuple[Spec, ...] = ()
    scheduler: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UseRule:
    """A rule for one step, or several, of the use of a thing.

    kind: `task`, `app`, `self`, the dotted name of something of Celery's, or what an earlier
    rule `gives` (a `sent` message, say). shape: the steps, as in `.delay` or `.conf.update()`;
    `.*` is any attribute without a rule of its own. answer: returns None if it has nothing to say.
    """

    kind: str
    shape: str
    answer: Callable[[Use, tuple[Step, ...], Context], Outcome | None]


@dataclass(frozen=True, slots=True)
class EndRule:
    """A rule for what is done with a thing: how its expression ends. roles: of `Role.kind`.

    answer: returns None if it has nothing to say.
    """

    kind: str
    roles: tuple[str, ...]
    answer: Callable[[Use, Context], Outcome | None]


@dataclass(frozen=True, slots=True)
class OptionRule:
    """A rule for options of a task's decorator that have to be read together.

    always: asked for every task, also where none of the options is given.
    """

    names: tuple[str, ...]
    answer: Callable[[Task, Mapping[str, Arg], Context], Iterable[Outcome]]
    always: bool = False


@dataclass(frozen=True, slots=True)
class KeywordRule:
    """A rule for keywords of `apply_async`."""

    names: tuple[str, ...]
    answer: Callable[[Task, Mapping[str, Arg], Context], Iterable[Outcome]]


@dataclass(frozen=True, slots=True)
class SettingRule:
    """A rule for settings of the app, by their lowercase names; `sets` go to `make_broker`."""

    names: tuple[str, ...]
    answer: Callable[[App, Mapping[str, Arg], Context], Iterable[Outcome]]
    always: bool = False


@dataclass(frozen=True, slots=True)
class TextOutcome:
    """What a `TextRule` answers about a stretch of a file: its characters `start` to `end`.

    splices: what it becomes, anywhere in the same file. unreadable: the file cannot be parsed, for
    the reason that `note` gives, and is reported as skipped.
    """

    row: Row
    path: str
    start: int
    end: int
    note: str = ""
    splices: tuple[Splice, ...] = ()
    unreadable: bool = False


@dataclass(frozen=True, slots=True)
class TextRule:
    """A rule for project files: requirements, start commands, ...; asked once, after the plan.

    names: what it changes. reads: whether a path is of a file that it has to see. answer: is
    given those files by path, and what was decided about the Python modules.
    """

    names: tuple[str, ...]
    reads: Callable[[str], bool]
    answer: Callable[[Mapping[str, Source], Plan], Iterable[TextOutcome]]


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework that makes the broker when it starts; the app's module makes none.

    outcomes: what becomes of its settings; a MANUAL one holds back every task of the app.
    early: paths of modules that it imports before it makes the broker; beside them those that
    they import. No actor can be declared there.
    created: modules that are written if they are not there yet, each path with its text; helpers:
    what of the helper module they use. worker: the command that starts the workers, without the
    options; env: the variables that it needs.
    home: path of the module whose `broker` the modules with actors import first; "" where the
    framework has made the broker before it imports any. gone: what is done if the app goes;
    forget: names that the app's module imports only for it.
    """

    outcomes: tuple[Outcome, ...]
    early: tuple[str, ...] = ()
    created: tuple[tuple[str, str], ...] = ()
    helpers: tuple[str, ...] = ()
    worker: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    home: str = ""
    gone: tuple[Spec, ...] = ()
    forget: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FrameworkRule:
    """A rule for a framework that makes the broker itself.

    answer: is given the app, the arguments of `make_broker`, and the paths of the modules with
    actors; None if the app is not the framework's.
    """

    names: tuple[str, ...]
    answer: Callable[[App, Mapping[str, Code], tuple[str, ...], Context], Framework | None]


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """What a rule answers about an option of a command line, or about the command itself.

    The option goes, unless `words` stand in its place, `rename` is its new name (its value stays),
    or `keep`. program: the name of the program from here on. harmless: of a MANUAL row: it holds
    no task back.
    """

    row: Row
    note: str = ""
    words: tuple[str, ...] = ()
    rename: str = ""
    program: str = ""
    keep: bool = False
    harmless: bool = False


@dataclass(frozen=True, slots=True)
class CommandRule:
    """A rule for command lines that start Celery.

    command: `worker`, `beat`, ...; "" for a line without one. names: the long names of options,
    "" for the command itself, "*" for every option that no other rule knows.
    """

    command: str
    names: tuple[str, ...]
    answer: Callable[[Option | None, Call, Target], Iterable[CommandOutcome]]


@dataclass(frozen=True, slots=True)
class ScheduleRule:
    """A rule for entries of Celery's schedule.

    names: `seconds`, `crontab`, or `unknown` where it cannot be told when an entry is due; with
    the name of a scheduler before, as in `dramatiq-crontab seconds`, where that was chosen.
    answer: its `sets` are the arguments of the message, and `trigger`.
    """

    names: tuple[str, ...]
    answer: Callable[[Entry, Context], Iterable[Outcome]]


Rule = (
    UseRule
    | EndRule
    | OptionRule
    | KeywordRule
    | SettingRule
    | TextRule
    | FrameworkRule
    | CommandRule
    | ScheduleRule
)


@dataclass(frozen=True, slots=True)
class Codemod:
    """One file of `codemods/`: its rows and its rules. doc: what it rewrites."""

    name: str
    doc: str
    rows: tuple[Row, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Rules:
    """Every rule of every codemod, by what it is for."""

    codemods: tuple[Codemod, ...]
    uses: Mapping[str, Mapping[str, UseRule]] = field(default_factory=dict)
    ends: Mapping[tuple[str, str], EndRule] = field(default_factory=dict)
    options: Mapping[str, OptionRule] = field(default_factory=dict)
    always: tuple[OptionRule, ...] = ()
    app_always: tuple[SettingRule, ...] = ()
    keywords: Mapping[str, KeywordRule] = field(default_factory=dict)
    settings: Mapping[str, SettingRule] = field(default_factory=dict)
    texts: Mapping[str, TextRule] = field(default_factory=dict)
    frameworks: Mapping[str, FrameworkRule] = field(default_factory=dict)
    commands: Mapping[tuple[str, str], CommandRule] = field(default_factory=dict)
    schedules: Mapping[str, ScheduleRule] = field(default_factory=dict)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The whole table, by code."""
        rows = [*ENGINE_ROWS, *(row for codemod in self.codemods for row in codemod.rows)]
        return tuple(sorted(rows, key=lambda row: row.code))


class Clash(Exception):
    """Two codemods claim the same construct or the same code."""


def load() -> Rules:
    """Find every codemod. Raises Clash if two of them claim the same thing."""
    package = importlib.import_module(PACKAGE)
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return combine([_read(name) for name in names])


def combine(codemods: Iterable[Codemod]) -> Rules:
    """Sum up codemods. Raises Clash if two of them claim the same thing."""
    codemods = tuple(codemods)
    uses: dict[str, dict[str, UseRule]] = {}
    ends: dict[tuple[str, str], EndRule] = {}
    options: dict[str, OptionRule] = {}
    keywords: dict[str, KeywordRule] = {}
    settings: dict[str, SettingRule] = {}
    texts: dict[str, TextRule] = {}
    frameworks: dict[str, FrameworkRule] = {}
    commands: dict[tuple[str, str], CommandRule] = {}
    schedules: dict[str, ScheduleRule] = {}
    always: list[OptionRule] = []
    app_always: list[SettingRule] = []
    by_name: dict[type[Rule], dict[Any, Any]] = {
        KeywordRule: keywords,
        SettingRule: settings,
        TextRule: texts,
        FrameworkRule: frameworks,
        ScheduleRule: schedules,
        OptionRule: options,
    }
    for rule in (rule for codemod in codemods for rule in codemod.rules):
        if isinstance(rule, UseRule):
            _claim(uses.setdefault(rule.kind, {}), [rule.shape], rule)
        elif isinstance(rule, EndRule):
            _claim(ends, [(rule.kind, role) for role in rule.roles], rule)
        elif isinstance(rule, CommandRule):
            _claim(commands, [(rule.command, name) for name in rule.names], rule)
        else:
            _claim(by_name[type(rule)], rule.names, rule)
        if isinstance(rule, OptionRule) and rule.always:
            always.append(rule)
        if isinstance(rule, SettingRule) and rule.always:
            app_always.append(rule)
    found = Rules(
        codemods,
        uses,
        ends,
        options,
        tuple(always),
        tuple(app_always),
        keywords,
        settings,
        texts,
        frameworks,
        commands,
        schedules,
    )
    codes = [row.code for row in found.rows]
    double = sorted({code for code in codes if codes.count(code) > 1})
    if double:
        raise Clash(f"more than one row has the code {', '.join(double)}")
    return found


def _claim(table: dict[Any, Any], keys: Iterable[Any], rule: Rule) -> None:
    for key in keys:
        if key in table:
            raise Clash(f"two rules claim {key!r} of {type(rule).__name__}")
        table[key] = rule


def _read(name: str) -> Codemod:
    module = importlib.import_module(f"{PACKAGE}.{name}")
    named = [value for key, value in vars(module).items() if not key.startswith("_")]
    values = [one for value in named for one in (value if isinstance(value, tuple) else (value,))]
    return Codemod(
        name,
        (module.__doc__ or "").strip(),
        tuple(value for value in values if isinstance(value, Row)),
        tuple(value for value in values if isinstance(value, Rule)),
    )


# -- how a codemod writes its rules


def on_use(kind: str, shape: str) -> Callable[[Any], UseRule]:
    """Make a rule for a step (the decorated function answers) of a `UseRule.kind`."""

    def make(answer: Callable[[Use, tuple[Step, ...], Context], Outcome | None]) -> UseRule:
        return UseRule(kind, shape, answer)

    return make


def on_end(kind: str, *roles: str) -> Callable[[Any], EndRule]:
    """Make a rule for how the use of a thing of that kind ends."""
    return lambda answer: EndRule(kind, roles, answer)


def on_options(*names: str, always: bool = False) -> Callable[[Any], OptionRule]:
    """Make a rule for options of a task's decorator."""
    return lambda answer: OptionRule(names, answer, always)


def on_keywords(*names: str) -> Callable[[Any], KeywordRule]:
    """Make a rule for keywords of `apply_async`."""
    return lambda answer: KeywordRule(names, answer)


def on_settings(*names: str, always: bool = False) -> Callable[[Any], SettingRule]:
    """Make a rule for settings of the app. always: asked also where none of them is given."""
    return lambda answer: SettingRule(names, answer, always)


def on_files(*names: str, reads: Callable[[str], bool]) -> Callable[[Any], TextRule]:
    """Make a rule for project files. names: what it changes; reads: of which paths."""
    return lambda answer: TextRule(names, reads, answer)


def on_framework(*names: str) -> Callable[[Any], FrameworkRule]:
    """Make a rule for frameworks that make the broker themselves."""
    return lambda answer: FrameworkRule(names, answer)


def on_command(command: str, *names: str) -> Callable[[Any], CommandRule]:
    """Make a rule for options of a command line, or for the command itself (`CommandRule`)."""
    return lambda answer: CommandRule(command, names or ("",), answer)


def on_schedule(*names: str) -> Callable[[Any], ScheduleRule]:
    """Make a rule for entries of Celery's schedule (`ScheduleRule`)."""
    return lambda answer: ScheduleRule(names, answer)


def keep(arg: Arg) -> Keep:
    """Return the code that stands for an argument of the call that is printed."""
    if arg.keyword is not None:
        return Keep(arg.keyword)
    assert arg.position is not None  # else it is no argument of a call
    return Keep(arg.position)


def value(arg: Arg) -> Code:
    """Return the code for an option's value, which may come from a dictionary behind `**`."""
    return Text(arg.code) if arg.spread else keep(arg)


def setting(arg: Arg, app: App, context: Context, default: str = "None") -> Code | None:
    """Return the code for a setting where the app is made; None if it cannot be had there.

    A value is read where it is written if it can be, and else written out. default: code for the
    value where nothing is written.
    """
    if arg.reading is not None:
        return _reading(arg.reading, default if arg.optional else "")
    if arg.several or arg.optional:
        return None
    if arg.keyword is not None or arg.position is not None:
        return keep(arg)
    if isinstance(arg.literal, str):
        return Text(context.quoted(app.path, arg.literal))
    if arg.movable:
        return Text(arg.code)
    return Text(repr(arg.literal)) if arg.literal is not MISSING else None


def _reading(reading: Reading, default: str) -> Text:
    new = (Import(reading.module, reading.name),) if reading.module else ()
    if reading.item:
        code = f'{reading.owner}["{reading.key}"]'
        if default:
            code = f'{reading.owner}.get("{reading.key}", {default})'
    else:
        code = f"{reading.owner}.{reading.key}"
        if default:
            code = f'getattr({reading.owner}, "{reading.key}", {default})'
    return Text(code, new)


def milliseconds(arg: Arg) -> Code:
    """Return the code for an option in seconds as milliseconds."""
    alone = arg.keyword is None and arg.position is None  # the value of an assignment
    if isinstance(arg.literal, (int, float)) and (arg.spread or alone):
        return Text(str(round(arg.literal * 1000)))
    if arg.spread:
        factor = arg.code if arg.code.isidentifier() else f"({arg.code})"
        return Text(f"int({factor} * 1000)")
    return Milliseconds(keep(arg).of)
