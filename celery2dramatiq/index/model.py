"""What the index says of a project: frozen values without a syntax tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from celery2dramatiq.index.configuration import Configuration
    from celery2dramatiq.index.django import Django
    from celery2dramatiq.index.factory import Factory
    from celery2dramatiq.index.schedules import Entry


class Missing(Enum):
    """Stands for the value of an expression that is not a literal."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A stretch of one file: byte offsets into its text as UTF-8, and where a person finds it."""

    path: str
    start: int
    end: int
    line: int = field(compare=False)
    column: int = field(compare=False)  # characters, from 1

    def holds(self, other: Place) -> bool:
        """Tell whether the other place lies inside this one."""
        return self.path == other.path and self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Target:
    """What an expression stands for.

    kind: `task`, `app`, `self` (the first parameter of a bound task; its name is the task's id),
    `external` (a dotted name outside the project), or one of the project's own `module`, `class`,
    `function`.
    """

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How the app's module reads a setting where it is written.

    owner: the code of what holds it (`settings`, `Config`, `app.config["CELERY"]`).
    item: it is an item of a dictionary, not an attribute.
    module, name: an import that this takes, `import module` or `from module import name`.
    """

    owner: str
    key: str
    item: bool = False
    module: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Arg:
    """One argument of a call, or the value of an assignment.

    position: among the arguments without a keyword, from 0; None for all others.
    spread: it comes from a dictionary behind `**`, and has no argument of its own.
    Of a setting only: reading, how the app's module reads it; optional, it is not always written;
    several, more than one place may write it; places, the statements that do; movable, its code
    means the same where the app is made.
    """

    keyword: str | None
    star: str  # "", "*" or "**"
    place: Place
    code: str
    # the value of a literal, also of a name bound once to a literal; it may be a list
    literal: object = field(default=MISSING, hash=False)
    names: tuple[str, ...] = ()  # the dotted external or project names it resolves to, if any
    position: int | None = None
    spread: bool = False
    reading: Reading | None = None
    optional: bool = False
    several: bool = False
    movable: bool = False
    places: tuple[Place, ...] = ()
    items: tuple[Arg, ...] = ()  # of a name for a dictionary that is written out, once, and kept


@dataclass(frozen=True, slots=True)
class Step:
    """One `.attribute`, `(call)` or `[item]`; `place` ends where the step ends."""

    kind: str  # "attr", "call" or "item"
    name: str  # of the attribute, else ""
    place: Place
    args: tuple[Arg, ...] = ()

    @property
    def shape(self) -> str:
        """`.delay`, `()` or `[]`."""
        return {"attr": f".{self.name}", "call": "()", "item": "[]"}[self.kind]

    def arg(self, keyword: str, position: int | None = None) -> Arg | None:
        """Return the argument given by that keyword, or at that position."""
        for arg in self.args:
            if arg.keyword == keyword:
                return arg
        if position is not None:
            plain = [arg for arg in self.args if arg.keyword is None]
            if position < len(plain) and not any(arg.star for arg in plain[: position + 1]):
                return plain[position]
        return None


@dataclass(frozen=True, slots=True)
class Role:
    """What is done with the value of an expression.

    kind: discarded; assigned (to a name that is followed); attribute (assigned to a name in a
    class body); stored, augmented, deleted (the expression itself is the target); argument,
    element (of a collection); looped (element of a literal that a loop with one name goes over);
    returned, awaited, raised, caught, lambda, default, operand;
    tested, compared, iterated, entered (by `with`), formatted; decorator, base, annotation;
    string (its name in a literal); other (where it goes is not known).
    detail: of an argument, or an element or a lambda in one, the dotted name of what is called
    (or its code); of an operand, the operator; of `other`, the attribute or item that it is
    assigned to, if it is; else the name of what is bound or decorated.
    value: of a `stored` target, what is assigned to it; of the first argument, the second; of a
    string, itself. index, keyword: where an argument, or an element in one, stands.
    around: of an argument of a call that is an argument itself, what that one is handed to.
    """

    kind: str
    detail: str = ""
    value: Arg | None = None
    index: int | None = None
    keyword: str | None = None
    around: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a task, an app, the `self` of a task, or a name of Celery's.

    made: steps taken where the value came from (`r` in `r.id`, after `r = t.delay()`).
    steps: steps of this very expression.
    owner: id of the task in whose body it stands.
    certain: False if the name may stand for something else as well.
    guessed: nothing is known of the name but that a task has the same.
    among: ids of the tasks, if the name stands for several and for nothing else.
    """

    target: Target
    place: Place
    statement: Place
    role: Role
    steps: tuple[Step, ...] = ()
    made: tuple[Step, ...] = ()
    owner: str | None = None
    scope: str = ""
    certain: bool = True
    guessed: bool = False
    among: tuple[str, ...] = ()
    test: bool = False
    misplaced: bool = False  # inside a quoted annotation, which has a place only as a whole
    # the `try`s around it, inmost first: what each `except` names, and whether it ends in `raise`
    caught: tuple[tuple[tuple[str, bool], ...], ...] = ()
    guard: Place | None = None  # `if __name__ == "__main__":` around it

    @property
    def shape(self) -> str:
        """Every step, as in `.delay().id`."""
        return "".join(step.shape for step in (*self.made, *self.steps))

    @property
    def of_its_own(self) -> bool:
        """Tell whether a task is used by its own name in its own body, as `self` would be."""
        return self.target.kind == "task" and self.owner == self.target.name


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a task's function."""

    name: str
    kind: str  # "positional", "plain", "*", "keyword" or "**"
    default: bool
    annotation: str
    place: Place


@dataclass(frozen=True, slots=True)
class Function:
    """The function that is handed to a call of Celery's decorator.

    path, name: its module and its own name there; "" if it is not a plain function of the project.
    given: it is an argument beside the options, not of what these return.
    """

    path: str
    name: str
    given: bool


@dataclass(frozen=True, slots=True)
class Instance:
    """The instance of a class of the project's own that is registered as a task.

    of: id of the `TaskClass`. code: what its method `run` is, where it is registered. named: a
    name stands for the task there. problem: why no actor can be made of it.
    """

    of: str
    code: str
    named: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A function that Celery knows as a task.

    name: Celery's name for it, None if it cannot be told from the source.
    decorator: the expression behind the `@`, or the call that makes the task (`called_with`);
    above/below: the other decorators, outermost first.
    nested: "" at the top of its module, else "function" or "class".
    app: id of the app whose `task` declares it, None for `shared_task`.
    """

    id: str
    name: str | None
    function: str
    qualname: str
    path: str
    module: str
    place: Place
    decorator: Place
    body: Place
    options: tuple[Arg, ...]
    called: bool
    parameters: tuple[Parameter, ...]
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    app: str | None = None
    declared_by: str = ""  # the decorator's code without its arguments
    is_async: bool = False
    bound: bool = False
    nested: str = ""
    test: bool = False
    locals: frozenset[str] = frozenset()  # names bound in the function itself
    certain: bool = True  # False if its name, or its decorator's, is bound more than once
    wrapper: str = ""  # id of the `Wrapper` that declares it, or its name outside the project
    called_with: Function | None = None  # of a task that a call makes, and no decorator
    base: str = ""  # id of the `TaskClass` that it is an instance of, or a name from outside
    instance: Instance | None = None  # of a class that is registered; `called_with` names it

    def option(self, name: str) -> Arg | None:
        """Return the decorator option of that name."""
        return next((arg for arg in self.options if arg.keyword == name), None)


@dataclass(frozen=True, slots=True)
class TaskClass:
    """A class of the project's own that is derived from Celery's Task.

    bases: ids of such classes that it is derived from itself. attributes: what its body assigns.
    methods: the functions in it. uses: what these do with `self` (`index.reads`).
    nested: it is not at the top of its module. problem: why nothing is known of it.
    """

    id: str
    name: str
    path: str
    place: Place
    bases: tuple[str, ...]
    attributes: tuple[Arg, ...]
    methods: tuple[str, ...]
    uses: tuple[str, ...]
    nested: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Receiver:
    """A function that is connected to a signal of Celery's.

    place: what connects it, the decorator or the call. reads: what it takes of its arguments, each
    with the name of the argument (`index.reads`). known: False if it cannot be seen.
    """

    place: Place
    reads: tuple[tuple[str, str], ...] = ()
    known: bool = True


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A function of the project's own that declares tasks with Celery's decorator.

    place: that decorator, with its arguments, inside of the function. decorates: it stands behind
    an `@` there. options: those that it always gives. given: it gives the function as first
    argument. passes: it hands on the options that it is called with. function: the name of the
    parameter that is the task's function ("" if it never sees it). wraps: the task is another
    function around that one. kept: it is no function, but Celery's decorator itself with its
    options, kept in a name. problem: why it cannot be migrated.
    """

    id: str
    path: str
    place: Place
    decorates: bool
    options: tuple[Arg, ...]
    given: bool
    passes: bool
    function: str
    wraps: bool
    problem: str = ""
    kept: bool = False


@dataclass(frozen=True, slots=True)
class App:
    """A Celery application. `call` is None if it comes from outside the project."""

    id: str
    variable: str
    path: str
    module: str
    scope: str  # "" at module level
    place: Place
    statement: Place
    args: tuple[Arg, ...] = ()
    kind: str = "Celery"  # "Celery", "subclass" or "external"
    certain: bool = True
    test: bool = False

    def is_beside(self, use: Use) -> bool:
        """Tell whether a statement is run whenever the app is made, and where it is made."""
        column = self.statement.column if self.scope else 1
        same = use.place.path == self.path and use.scope == self.scope
        return same and use.statement.column == column


@dataclass(frozen=True, slots=True)
class ImportUse:
    """A name bound by an import of something that matters: what it stands for and where.

    origin: path of the project's module that it is imported from, None outside.
    """

    path: str
    name: str  # as bound in the file
    target: Target
    module: str  # as written, "" for `import x`
    level: int
    original: str  # as written before `as`
    scope: str
    place: Place
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file that was looked at. status: `read`, `parsed` or `unreadable`."""

    path: str
    status: str
    reason: str = ""
    line: int | None = None
    celery: bool = False  # mentions Celery


@dataclass(frozen=True, slots=True)
class ModuleRecord:
    """A parsed module: its dotted name, and what the plan asks of it."""

    path: str
    name: str
    names: tuple[str, ...]  # every absolute name by which the project imports it
    package: bool
    root: str  # the source root, relative to the project's root ("" is the root itself)
    imports: tuple[str, ...]  # paths of project modules that importing this one imports
    exports: tuple[str, ...]  # names that are bound at module level
    gives: tuple[tuple[str, str], ...] = ()  # names at module level that stand for tasks: ids
    bound: frozenset[str] = frozenset()  # names that are bound in any scope
    broker: str = ""  # a name bound to a call of `make_broker`
    quote: str = '"'  # what its strings are mostly written in
    test: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """What the project as a whole says about Celery."""

    files: tuple[FileRecord, ...]
    modules: dict[str, ModuleRecord]  # by path
    apps: tuple[App, ...]
    tasks: tuple[Task, ...]
    uses: tuple[Use, ...]
    imports: tuple[ImportUse, ...]
    configurations: Mapping[str, Configuration] = field(default_factory=dict)  # by the app's id
    django: Django | None = None
    wrappers: tuple[Wrapper, ...] = ()  # those that declare tasks
    factory: Factory | None = None
    entries: tuple[Entry, ...] = ()  # of Celery's schedule
    task_classes: Mapping[str, TaskClass] = field(default_factory=dict)  # by id
    receivers: tuple[Receiver, ...] = ()

    def task(self, task_id: str) -> Task:
        """Return the task of that id; KeyError if there is none."""
        for task in self.tasks:
            if task.id == task_id:
                return task
        raise KeyError(task_id)
