"""What a site becomes: plain values that a printer turns into code."""

from __future__ import annotations

from dataclasses import dataclass

from celery2dramatiq.index import Place


@dataclass(frozen=True, slots=True)
class Import:
    """A name that the printed code needs. name "" imports the module itself.

    level: dots of a relative import. effect: imported for what it does, not for its name.
    """

    module: str
    name: str = ""
    level: int = 0
    effect: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """Code as it is to be printed, and what has to be imported for it."""

    code: str
    imports: tuple[Import, ...] = ()


@dataclass(frozen=True, slots=True)
class Keep:
    """The argument that the call has now: by keyword, or by position from 0."""

    of: str | int


@dataclass(frozen=True, slots=True)
class Milliseconds:
    """An argument in seconds, as whole milliseconds: folded if it is a number.

    optional: it may be None, which stays None.
    """

    of: str | int
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Wrapped:
    """An argument as the only one of a function."""

    function: str
    of: str | int


@dataclass(frozen=True, slots=True)
class OrEmpty:
    """An argument that may be None, as `argument or ()`; a tuple or a list stays as it is."""

    of: str | int


@dataclass(frozen=True, slots=True)
class Rest:
    """Every argument of the call that nothing else of the spec takes, as it is."""


@dataclass(frozen=True, slots=True)
class Stars:
    """Every argument of the call behind `*`, or behind `**`, as it is.

    false: a key that is False there instead of what it is; "" for none.
    """

    star: str
    false: str = ""


@dataclass(frozen=True, slots=True)
class Elements:
    """The elements of an argument that is a tuple or a list; anything else with a `*`."""

    of: str | int


@dataclass(frozen=True, slots=True)
class Method:
    """What the call calls on its receiver, under another name: `a.b.delay` as `a.b.send`."""

    name: str


@dataclass(frozen=True, slots=True)
class Receiver:
    """What the call calls a method of: `a.b` of `a.b.s(1)`."""


@dataclass(frozen=True, slots=True)
class Inner:
    """A call with arguments of the original's."""

    function: str
    args: tuple[tuple[str | None, Code], ...]


Code = (
    Text
    | Keep
    | Milliseconds
    | Wrapped
    | OrEmpty
    | Elements
    | Rest
    | Stars
    | Method
    | Receiver
    | Inner
)


@dataclass(frozen=True, slots=True)
class Spec:
    """A change at one place.

    imports: names that the printed code uses. helpers: names of the project's helper module that
    it uses. setup: the app's module must have been imported before.
    """

    place: Place
    imports: tuple[Import, ...] = ()
    helpers: tuple[str, ...] = ()
    setup: bool = False


@dataclass(frozen=True, slots=True)
class ActorSpec(Spec):
    """A decorator, the expression behind its `@`, as `dramatiq.actor(...)`.

    function: what is called instead of that, "" for what is called now.
    todo: what the user has accepted to be lost; a comment each above the decorator.
    """

    options: tuple[tuple[str | None, Code], ...] = ()
    function: str = "dramatiq.actor"
    todo: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallSpec(Spec):
    """A call. attribute: new last name of what is called; function: what is called instead.

    args: the arguments, in order, each with its keyword (None: positional).
    """

    attribute: str = ""
    function: str = ""
    args: tuple[tuple[str | None, Code], ...] = ((None, Rest()),)


@dataclass(frozen=True, slots=True)
class AttributeSpec(Spec):
    """An attribute under another name. around: a function that is called with its object first."""

    name: str = ""
    around: str = ""


@dataclass(frozen=True, slots=True)
class ReadSpec(Spec):
    """An item of a mock's arguments by position, `args[0]`, as that of a keyword. key: its code."""

    key: str = ""


@dataclass(frozen=True, slots=True)
class WrapSpec(Spec):
    """An expression, whatever else is printed of it, as the only argument of a function."""

    function: str = ""


@dataclass(frozen=True, slots=True)
class ReplaceSpec(Spec):
    """An expression as other code."""

    code: str = ""


@dataclass(frozen=True, slots=True)
class BaseSpec(Spec):
    """The only base of a class; it is no longer there."""


@dataclass(frozen=True, slots=True)
class ParameterSpec(Spec):
    """A parameter that is no longer there."""


@dataclass(frozen=True, slots=True)
class BrokerSpec(Spec):
    """The assignment of an app: instead of it, or below it, the broker is made.

    arguments: of `make_broker`, code that is evaluated where the app's arguments were.
    keep: the app stays above it.
    """

    variable: str = "broker"
    arguments: tuple[tuple[str | None, Code], ...] = ()
    keep: bool = False


@dataclass(frozen=True, slots=True)
class RemoveSpec(Spec):
    """A statement that is no longer there."""


@dataclass(frozen=True, slots=True)
class DropItemSpec(Spec):
    """The key of an item of a dictionary that is written out; the item is no longer there."""


@dataclass(frozen=True, slots=True)
class FirstElementSpec(Spec):
    """A list or a tuple that is written out, with one more before the others; so several times."""

    code: str = ""


@dataclass(frozen=True, slots=True)
class AboveSpec(Spec):
    """A decorator, the expression behind its `@`, with another one above; there may be several."""

    code: str = ""


@dataclass(frozen=True, slots=True)
class BelowSpec(Spec):
    """A statement, with others below it. apart: with a blank line between."""

    code: str = ""
    apart: bool = True


@dataclass(frozen=True, slots=True)
class TodoSpec(Spec):
    """A statement that the user has accepted not to be migrated: one comment stands above it."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Splice:
    """Text in the place of other text: of the characters `start` to `end` of a file's text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Everything that is spliced into one file, in order; every other byte stays."""

    path: str
    splices: tuple[Splice, ...]


@dataclass(frozen=True, slots=True)
class FileEdit:
    """Everything that changes in one module.

    forget: names bound by imports there, to be dropped where the edit takes their last use.
    drop: the same, also where nothing used them before.
    width: the project's line length.
    """

    path: str
    specs: tuple[Spec, ...] = ()
    imports: tuple[Import, ...] = ()
    forget: frozenset[str] = frozenset()
    drop: frozenset[str] = frozenset()
    local: frozenset[str] = frozenset()  # first parts of the project's own modules' names
    nested: frozenset[str] = frozenset()  # those of them that do not lie in the project's root
    width: int = 88
