"""The entries of Celery's schedule, wherever they are written: what is sent, and when.

Which forms Celery takes is said in celery/beat.py (`ScheduleEntry`), celery/schedules.py
(`maybe_schedule`) and celery/app/base.py (`add_periodic_task`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from celery2dramatiq.index.arguments import argument, literal, may_change
from celery2dramatiq.index.configuration import Configuration, Setting
from celery2dramatiq.index.declarations import enclosing_statement
from celery2dramatiq.index.model import MISSING, App, Arg, Place, Use
from celery2dramatiq.index.modules import Module
from celery2dramatiq.index.resolve import Resolver
from celery2dramatiq.index.written import Contents, Reader

_CRONTAB = "celery.schedules.crontab"
_SCHEDULE = "celery.schedules.schedule"
_POSITIONS = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year")
_LINE = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
_KEYS = frozenset(("task", "schedule", "args", "kwargs", "options", "relative"))
_PLAIN = ("run_every", "relative")
_PERIODIC = ("schedule", "sig", "args", "kwargs", "name")
_ONCE = 2  # a name that is bound, and used once
_SIGNALS = ("on_after_configure", "on_after_finalize")


@dataclass(frozen=True, slots=True)
class Timing:
    """When an entry is due: every so many seconds, or at the fields of a crontab.

    fields: as they are given to `crontab`, only those that are. problem: why neither can be told.
    """

    seconds: float | None = None
    fields: tuple[tuple[str, object], ...] = ()
    problem: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a schedule.

    app: id of the app. name: as Celery calls it. task: Celery's name of it.
    place: from the key to the end of its value, or the statement that calls `add_periodic_task`.
    key: of an item, its key's place; None for a statement.
    layer: of the setting (`configuration.Setting`), "" for a statement.
    function: of a statement in a function that is run when the app is configured, and holds
    nothing but such statements: that function.
    args, kwargs: None if they are not given. options: those of `apply_async`.
    problem: why it cannot be told what is sent.
    named: False where Celery makes the name, of the task and what it is given.
    """

    app: str
    name: str
    task: str
    place: Place
    timing: Timing
    key: Place | None = None
    layer: str = ""
    function: Place | None = None
    args: Arg | None = None
    kwargs: Arg | None = None
    options: tuple[Arg, ...] = ()
    problem: str = ""
    named: bool = True

    def shadows(self, other: Entry) -> bool:
        """Tell whether both go by one name: of those of an app, Celery keeps the last only."""
        if self.named or other.named:
            return self.name == other.name
        return self._sent() == other._sent()

    def _sent(self) -> tuple[str, object, object]:
        given = (self.args, self.kwargs)
        args, kwargs = (arg.literal if arg is not None else None for arg in given)
        return self.task, args, kwargs


class ScheduleReader:
    """Reads the schedules of apps. names: Celery's name of each task, by its id."""

    def __init__(self, resolver: Resolver, names: Mapping[str, str | None]) -> None:
        self.resolver = resolver
        self.modules = resolver.modules
        self.reader = Reader(self.modules, resolver)
        self.names = names

    def entries(self, app: App, one: Configuration, uses: Iterable[Use]) -> tuple[Entry, ...]:
        """Return the entries of an app. uses: those of the app."""
        found = [*self._written(app, one), *self._added(app, uses)]
        return tuple(sorted(found, key=lambda entry: entry.place))

    # -- dictionaries

    def _written(self, app: App, one: Configuration) -> Iterator[Entry]:
        settings = one.of("beat_schedule")
        for setting in settings if len(settings) == 1 else ():
            module = self.modules.parsed(setting.value.place.path)
            node = self._dictionary(setting, module) if module is not None else None
            if (
                node is not None
                and setting.settled
                and set(one.environments) == {*setting.environments}
            ):
                assert module is not None
                yield from self._items(node, module, app, setting.layer)

    def _dictionary(self, setting: Setting, module: Module) -> ast.Dict | None:
        """Return the dictionary, where it is written out with plain keys."""
        places = {
            module.place(node): node for node in ast.walk(module.tree) if isinstance(node, ast.expr)
        }
        written = places.get(setting.value.place)
        node = self._followed(written, module)
        if not isinstance(node, ast.Dict) or not all(map(_text, node.keys)):
            return None
        if isinstance(written, ast.Name) and _count(written.id, module) > _ONCE:
            return None
        statement = enclosing_statement(node, module)
        top = module.scopes.module
        for target in statement.targets if isinstance(statement, ast.Assign) else ():
            named = isinstance(target, ast.Name) and target.id in top.bindings
            if named and may_change(module.code(target), top, module):
                return None
        return node

    def _items(self, node: ast.Dict, module: Module, app: App, layer: str) -> Iterator[Entry]:
        for key, value in zip(node.keys, node.values, strict=True):
            assert key is not None  # so it was asked
            contents = self.reader.dictionary(value, module)
            start, end = module.place(key), module.place(value)
            place = Place(start.path, start.start, end.end, start.line, start.column)
            given = {one.key: one.value for one in contents.written} if contents else {}
            yield Entry(
                app=app.id,
                name=_text(key),
                task=self._named(given.get("task"), module),
                place=place,
                timing=self._timing(given.get("schedule"), module),
                key=start,
                layer=layer,
                args=self._arg(given.get("args"), module, "args"),
                kwargs=self._arg(given.get("kwargs"), module, "kwargs"),
                options=tuple(self._options(given.get("options"), module)),
                problem=self._problem(given, contents, module, value),
            )

    def _problem(
        self,
        given: Mapping[str, ast.expr],
        contents: Contents | None,
        module: Module,
        value: ast.expr,
    ) -> str:
        """Return why an entry cannot be told from the source."""
        here = all(one.module is module for one in contents.written) if contents else False
        if (
            contents is None
            or contents.open
            or not here
            or not isinstance(value, (ast.Dict, ast.Call))
        ):
            return "it is not written out"
        unknown = sorted(given.keys() - _KEYS)
        if unknown:
            return f"`{unknown[0]}` is no key of an entry"
        if not self._named(given.get("task"), module):
            return "the name of its task is computed"
        if "relative" in given and literal(given["relative"], module) not in (False, None):
            return "`relative`: its runs are rounded to the clock"
        options = given.get("options")
        if options is not None and not self._is_plain(options, module):
            return "its options are computed"
        return ""

    def _is_plain(self, node: ast.expr, module: Module) -> bool:
        if isinstance(node, ast.Constant) and node.value is None:
            return True
        contents = self.reader.dictionary(node, module)
        return contents is not None and not contents.open

    def _options(self, node: ast.expr | None, module: Module) -> Iterator[Arg]:
        contents = self.reader.dictionary(node, module) if node is not None else None
        for one in contents.written if contents is not None else ():
            yield argument(one.value, one.module, self.resolver.dotted, keyword=one.key)

    def _named(self, node: ast.expr | None, module: Module) -> str:
        """Return the task's name: a string, or `task.name`."""
        if isinstance(node, ast.Attribute) and node.attr == "name":
            return self._task(node.value, module)
        value = literal(node, module) if node is not None else MISSING
        return value if isinstance(value, str) else ""

    def _task(self, node: ast.expr, module: Module) -> str:
        values = self.resolver.values(node, module)
        targets = {value.target for value in values}
        if len(targets) != 1 or any(value.steps for value in values):
            return ""
        target = targets.pop()
        return (self.names.get(target.name) or "") if target.kind == "task" else ""

    def _arg(self, node: ast.expr | None, module: Module, keyword: str) -> Arg | None:
        if node is None:
            return None
        return argument(node, module, self.resolver.dotted, keyword=keyword)

    # -- add_periodic_task

    def _added(self, app: App, uses: Iterable[Use]) -> Iterator[Entry]:
        for use in uses:
            module = self.modules.parsed(use.place.path)
            if module is None or use.test:
                continue
            if use.shape == ".add_periodic_task()" and not use.scope:
                for statement in module.tree.body:
                    if module.place(statement) == use.statement:
                        yield from self._call(statement, module, app, None)
            if use.shape in {f".{name}.connect" for name in _SIGNALS}:
                yield from self._received(use, module, app)

    def _received(self, use: Use, module: Module, app: App) -> Iterator[Entry]:
        """Yield what a function adds that is run when the app is configured."""
        for node in module.tree.body:
            if not isinstance(node, ast.FunctionDef) or len(node.decorator_list) != 1:
                continue
            if module.place(node.decorator_list[0]) == use.place and node.args.args:
                sender = node.args.args[0].arg
                calls = [one for one in node.body if _adds(one, sender)]
                rest = [one for one in node.body if one not in calls and not _is_docstring(one)]
                for statement in calls:
                    found = self._call(statement, module, app, None if rest else module.place(node))
                    yield from found

    def _call(
        self, statement: ast.stmt, module: Module, app: App, function: Place | None
    ) -> Iterator[Entry]:
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(call, ast.Call):
            return
        given = dict(zip(_PERIODIC, call.args, strict=False))
        given |= {word.arg: word.value for word in call.keywords if word.arg is not None}
        signature = given.pop("sig", None)
        timing = self._timing(given.pop("schedule", None), module)
        name = given.pop("name", None)
        args, kwargs = given.pop("args", None), given.pop("kwargs", None)
        task, own_args, own_kwargs = self._signature(signature, module)
        problem = ""
        if not _is_written_out(call) or len(call.args) > len(_PERIODIC):
            problem = "its arguments are not written out"
        elif not task:
            problem = "which task it sends cannot be told"
        elif args is not None or kwargs is not None:
            problem = "`args` and `kwargs` beside those of the signature"
        elif name is not None and not _text(name):
            problem = "its name is computed"
        yield Entry(
            app=app.id,
            name=_text(name) or (module.code(signature) if signature is not None else ""),
            task=task,
            place=module.place(statement),
            timing=timing,
            function=function,
            args=own_args,
            kwargs=own_kwargs,
            options=tuple(
                argument(value, module, self.resolver.dotted, keyword=key)
                for key, value in given.items()
            ),
            problem=problem,
            named=name is not None,
        )

    def _signature(
        self, node: ast.expr | None, module: Module
    ) -> tuple[str, Arg | None, Arg | None]:
        """Return the task of a `task.s(...)`, and what it is given, as `args` and `kwargs`."""
        called = node.func if isinstance(node, ast.Call) else None
        if not isinstance(called, ast.Attribute) or called.attr not in ("s", "si"):
            return "", None, None
        assert isinstance(node, ast.Call)
        if not _is_written_out(node):
            return "", None, None
        args = self._gathered([(None, value) for value in node.args], node, module)
        kwargs = self._gathered([(w.arg, w.value) for w in node.keywords], node, module)
        return self._task(called.value, module), args, kwargs

    def _gathered(
        self, given: Sequence[tuple[str | None, ast.expr]], node: ast.expr, module: Module
    ) -> Arg | None:
        """Return the arguments of a signature as one tuple, or as one dictionary."""
        if not given:
            return None
        values = [literal(value, module) for _, value in given]
        known = MISSING not in values
        names = [name for name, _ in given]
        whole: object = tuple(values) if None in names else dict(zip(names, values, strict=True))
        place = module.place(node)
        return Arg(
            "args" if None in names else "kwargs",
            "",
            place,
            module.code(node),
            whole if known else MISSING,
        )

    # -- when

    def _timing(self, node: ast.expr | None, module: Module) -> Timing:
        node = self._followed(node, module)
        if node is None:
            return Timing(problem="when it is due is not written")
        number = _product(node, module)
        if number is not None:
            return _every(module.code(node), seconds=number)
        if isinstance(node, ast.Call):
            return self._called(node, module)
        return Timing(problem=f"`{module.code(node)}`: when it is due is computed")

    def _called(self, node: ast.Call, module: Module) -> Timing:
        names = self.resolver.dotted(node.func, module)
        if names == ("datetime.timedelta",):
            return self._delta(node, module)
        if names == (_SCHEDULE,):
            return self._plain(node, module)
        if names == (_CRONTAB,):
            return self._crontab(node, module)
        called = node.func if isinstance(node.func, ast.Attribute) else None
        line = called is not None and called.attr == "from_string"
        if called is not None and line and self._is(called.value, _CRONTAB, module):
            return self._line(node, module)
        return Timing(problem=f"`{module.code(node.func)}(...)`", own=True)

    def _is(self, node: ast.expr, name: str, module: Module) -> bool:
        return self.resolver.dotted(node, module) == (name,)

    def _delta(self, node: ast.Call, module: Module) -> Timing:
        args = [_product(arg, module) for arg in node.args]
        words = {str(word.arg): _product(word.value, module) for word in node.keywords}
        return _every(module.code(node), *args, **words)

    def _plain(self, node: ast.Call, module: Module) -> Timing:
        given = dict(zip(_PLAIN, node.args, strict=False))
        given |= {str(word.arg): word.value for word in node.keywords}
        relative = given.pop("relative", None)
        every = given.pop("run_every", None)
        more = given or len(node.args) > len(_PLAIN)
        if more or (relative is not None and literal(relative, module) is not False):
            return Timing(
                problem="its runs are rounded to the clock, or to another clock", own=True
            )
        return self._timing(every, module)

    def _crontab(self, node: ast.Call, module: Module) -> Timing:
        given = [(name, arg) for name, arg in zip(_POSITIONS, node.args, strict=False)]
        given += [(str(word.arg), word.value) for word in node.keywords]
        fields = tuple((name, literal(value, module)) for name, value in given)
        clock = any(word.arg not in (*_POSITIONS, None) for word in node.keywords)
        if len(node.args) > len(_POSITIONS) or clock:
            return Timing(problem="it has a clock of its own", own=True)
        if any(value is MISSING for _, value in fields) or not _is_written_out(node):
            return Timing(problem=f"`{module.code(node)}`: when it is due is computed")
        return Timing(fields=fields or (("minute", "*"),))

    def _line(self, node: ast.Call, module: Module) -> Timing:
        text = literal(node.args[0], module) if len(node.args) == 1 else MISSING
        parts = text.split(" ") if isinstance(text, str) else []
        if len(parts) != len(_LINE):
            return Timing(problem=f"`{module.code(node)}`: when it is due is computed")
        return Timing(fields=tuple(zip(_LINE, parts, strict=True)))

    def _followed(self, node: ast.expr | None, module: Module) -> ast.expr | None:
        """Return what a name stands for that is bound once."""
        if isinstance(node, ast.Name) and node in module.scopes.bases:
            owner = module.scopes.bases[node].owner(node.id)
            bindings = owner.bindings[node.id] if owner is not None else []
            if len(bindings) == 1 and bindings[0].kind == "assign":
                return bindings[0].value
        return node


def _every(code: str, *args: float | None, **words: float | None) -> Timing:
    """Return the interval that a timedelta is, by its own arguments; days come first."""
    try:  # what is no number, timedelta itself refuses
        return Timing(seconds=timedelta(*args, **words).total_seconds())  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):  # computed; not a number; longer than any
        return Timing(problem=f"`{code}`: when it is due is computed")


def _count(name: str, module: Module) -> int:
    return sum(isinstance(one, ast.Name) and one.id == name for one in ast.walk(module.tree))


def _product(node: ast.expr, module: Module) -> float | None:
    """Return what a calculation with numbers comes to, such as `60 * 60`."""
    if not isinstance(node, ast.BinOp):
        value = literal(node, module)
        known = isinstance(value, (int, float)) and not isinstance(value, bool)
        return value if known else None  # type: ignore[return-value]
    left, right = _product(node.left, module), _product(node.right, module)
    if left is None or right is None:
        return None
    if isinstance(node.op, ast.Mult):
        return left * right
    return left + right if isinstance(node.op, ast.Add) else None


def _adds(statement: ast.stmt, sender: str) -> bool:
    call = statement.value if isinstance(statement, ast.Expr) else None
    called = call.func if isinstance(call, ast.Call) else None
    return (
        isinstance(called, ast.Attribute)
        and called.attr == "add_periodic_task"
        and isinstance(called.value, ast.Name)
        and called.value.id == sender
    )


def _is_written_out(call: ast.Call) -> bool:
    starred = any(isinstance(arg, ast.Starred) for arg in call.args)
    return not starred and all(word.arg is not None for word in call.keywords)


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, (ast.Expr, ast.Pass)) and (
        isinstance(statement, ast.Pass) or bool(_text(statement.value))
    )


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
