"""Mocks in tests: what they stand in for, as far as that is a task of the project."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from celery2dramatiq.index import fixtures
from celery2dramatiq.index.arguments import literal
from celery2dramatiq.index.model import Place, Step, Target
from celery2dramatiq.index.modules import Module
from celery2dramatiq.index.nodes import Function
from celery2dramatiq.index.scopes import Binding
from celery2dramatiq.index.values import Value, Values, external, merge

if TYPE_CHECKING:
    from celery2dramatiq.index.resolve import Resolver

MOCK = "mock"  # kind of what stands in for a task; for a module, a class: with that word behind
_PATCHER = "patcher:"  # before the kind: what gives the mock when it is entered or started
_STARTER = "starter:"  # before the kind: what gives the mock when it is called
_LIBRARIES = ("unittest.mock", "mock", "mock.mock")
_MOCKER = "pytest_mock.MockerFixture"
_MONKEYPATCH = "pytest.MonkeyPatch"
_OF_PYTEST = {
    "monkeypatch": _MONKEYPATCH,
    **{f"{scope}mocker": _MOCKER for scope in ("", "class_", "module_", "package_", "session_")},
}
_CLASSES = ("Mock", "MagicMock", "AsyncMock", "NonCallableMock", "NonCallableMagicMock")
_SPECS = ("spec", "spec_set", "wraps")
_ENTERED = ("enter_context", "enterContext")
# What a mock has of its own (unittest.mock).
API = frozenset(
    (
        "assert_any_call", "assert_called", "assert_called_once", "assert_called_once_with",
        "assert_called_with", "assert_has_calls", "assert_not_called", "attach_mock", "call_args",
        "call_args_list", "call_count", "called", "configure_mock", "method_calls", "mock_add_spec",
        "mock_calls", "reset_mock", "return_value", "side_effect",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a call replaces by a mock.

    how: "patcher", "mock" (the call returns the mock), or "set" (it is given what comes there).
    values: what is replaced, as mocks. node: the literal that ends with its name, if one does.
    shown: the argument with the name. of: the argument of which an attribute is replaced.
    new: what comes in its place, if that is given.
    """

    how: str
    values: Values
    node: ast.Constant | None
    shown: ast.expr
    of: ast.expr | None
    new: ast.expr | None


class Mocks:
    """Follows mocks for a resolver, in the modules of tests alone."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._modules = resolver.modules
        self._set_on_self: dict[ast.ClassDef, dict[str, list[ast.expr]]] = {}

    # -- what a call replaces

    def replaced(self, node: ast.Call, module: Module) -> Replaced | None:
        """Return what a call patches; None if it patches nothing."""
        names = self._resolver.dotted(node.func, module)
        how, form = _patching(names[0]) if len(names) == 1 else ("", "")
        given = _by_position(node, form)
        if not how or given is None:
            return None
        if len(given) == 2:
            return self._by_string(how, given, module)
        return self._by_object(how, given, module)

    def _by_string(
        self, how: str, given: Sequence[ast.expr | None], module: Module
    ) -> Replaced | None:
        shown, new = given
        assert shown is not None
        text, node = self._text(shown, module)
        place = module.place(node or shown)
        return Replaced(how, self._named(text, place, module), node, shown, None, new)

    def _by_object(
        self, how: str, given: Sequence[ast.expr | None], module: Module
    ) -> Replaced | None:
        of, shown, new = given
        assert of is not None
        assert shown is not None
        name, node = self._text(shown, module)
        if not name:
            return None
        values = self._resolver.values(of, module)
        found = self._along(_as_mocks(values), [name], module.place(node or shown))
        return Replaced(how, found, node, shown, of, new)

    def _text(self, node: ast.expr, module: Module) -> tuple[str, ast.Constant | None]:
        """Return a text that is put together, and the literal that ends it; "" if unknown."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            start, _ = self._text(node.left, module)
            end, last = self._text(node.right, module)
            return (start + end if start and end else ""), last
        if isinstance(node, ast.JoinedStr):
            parts = [_part(part, module) for part in node.values]
            return ("".join(map(str, parts)) if all(parts) else ""), None
        if isinstance(node, ast.Name):
            bindings = module.scopes.bases[node].lookup(node.id)
            value = bindings[0].value if [one.kind for one in bindings] == ["assign"] else None
            return (self._text(value, module)[0] if value is not None else ""), None
        text = literal(node, module)
        last = node if isinstance(node, ast.Constant) else None
        return (text if isinstance(text, str) else ""), last

    def _named(self, text: str, place: Place, module: Module) -> Values:
        """Return what a dotted name in a string stands for, as mocks."""
        parts = text.split(".") if text else []
        for count in range(len(parts), 0, -1):
            path = self._modules.absolute(".".join(parts[:count]), module.path)
            if path is not None:
                start = (Value(Target(f"{MOCK} module", path)),)
                return self._along(start, parts[count:], place)
        return ()

    def _along(self, values: Values, names: Iterable[str], place: Place) -> Values:
        for name in names:
            step = Step("attr", name, place)
            values = merge(self.attribute(value, step) for value in values)
        return values

    def attribute(self, value: Value, step: Step) -> Values:
        """Return an attribute of a mock, or of a patcher."""
        kind = value.target.kind
        if kind.startswith(_PATCHER):
            start = value.target.kind.replace(_PATCHER, _STARTER, 1)
            begins = step.name in ("start", "__enter__")
            return (_of_kind(value, start),) if begins else ()
        if kind == MOCK:
            return (value.then(step),)
        if kind == f"{MOCK} module":
            return _as_mocks(self._resolver.export(value.target.name, step.name))
        if kind == f"{MOCK} class":
            target = Target("class", value.target.name)
            return _as_mocks(merge(self._resolver.dynamic.part(target, step.name)))
        return ()

    # -- what gives a mock

    def called(self, value: Value, node: ast.Call, module: Module) -> Values | None:
        """Return what a call gives that has to do with mocks; None if it has not."""
        kind, name = value.target.kind, value.target.name
        if kind.startswith(_STARTER):
            return (_of_kind(value, kind.removeprefix(_STARTER)),)
        if kind != "external":
            return None
        if name == "functools.partial" and node.args:
            values = self._resolver.values(node.args[0], module)
            return tuple(one for one in values if _patching(one.target.name)[0])
        if _patching(name)[0]:
            found = self.replaced(node, module)
            values = found.values if found is not None else ()
            prefix = _PATCHER if found is not None and found.how == "patcher" else ""
            return tuple(_of_kind(one, prefix + one.target.kind) for one in values)
        return self._made(node, module) if _is_maker(name) else None

    def _made(self, node: ast.Call, module: Module) -> Values:
        """Return what `Mock()` stands in for: its specification, or what it is put in place of."""
        found = list(self.specified(node, module))
        if found:
            return _as_mocks(merge(self._resolver.values(spec, module) for spec in found))
        parent = module.scopes.parents[node]
        targets = parent.targets if isinstance(parent, ast.Assign) else []
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        put = [
            one.values
            for call in (module.scopes.calls if names else ())
            if _hands_over(call, names) and (one := self.replaced(call, module)) is not None
            if isinstance(one.new, ast.Name) and one.new.id in names
            if module.scopes.bases[one.new].lookup(one.new.id) == _bound_by(parent, one.new, module)
        ]
        return merge(put) if put else ()

    def specified(self, node: ast.Call, module: Module) -> Iterator[ast.expr]:
        """Yield what `Mock(spec=...)`, `create_autospec(...)` are given to look like."""
        names = self._resolver.dotted(node.func, module)
        if len(names) == 1 and _is_maker(names[0]):
            yield from node.args[:1]
            yield from (word.value for word in node.keywords if word.arg in _SPECS)

    def told(self, node: ast.Call, module: Module) -> Values:
        """Return what a mock stands in for that is made with attributes, `Mock(delay=...)`."""
        names = self._resolver.dotted(node.func, module)
        words = {word.arg for word in node.keywords}
        if len(names) != 1 or not _is_maker(names[0]) or not words - {*_SPECS, "name"}:
            return ()
        return tuple(one for one in self._made(node, module) if one.target.kind == MOCK)

    def entered(self, binding: Binding, module: Module) -> Values:
        """Return what `with ... as name` gives to the name."""
        around = module.scopes.parents.get(binding.node)
        if not isinstance(around, ast.withitem) or not module.test:
            return ()
        return self._given(around.context_expr, module)

    def by_stack(self, node: ast.AST, module: Module) -> Values | None:
        """Return what `stack.enter_context(...)` gives; None if the node is no such call."""
        called = node.func if isinstance(node, ast.Call) and module.test else None
        if not isinstance(called, ast.Attribute) or called.attr not in _ENTERED:
            return None
        assert isinstance(node, ast.Call)
        return self._given(node.args[0], module) if node.args else ()

    def _given(self, node: ast.expr, module: Module) -> Values:
        values = self._resolver.values(node, module)
        return tuple(
            _of_kind(one, one.target.kind.removeprefix(_PATCHER))
            for one in values
            if one.target.kind.removeprefix(_PATCHER).startswith(MOCK)
        )

    # -- parameters of tests

    def parameter(self, name: str, function: ast.AST, module: Module) -> Values:
        """Return what a parameter of a test, of a fixture or of a method stands for."""
        if not module.test or not isinstance(function, Function):
            return ()
        if name in _OF_PYTEST:
            return (external(_OF_PYTEST[name]),)
        key = ("parameter", function, name)
        return self._resolver.memo.kept(key, partial(self._parameter, name, function, module))

    def _parameter(self, name: str, function: Function, module: Module) -> Values:
        plain = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args)]
        around = module.scopes.parents[function]
        method = isinstance(around, ast.ClassDef) and plain and not _is_static(function)
        if method and name == plain.pop(0):
            assert isinstance(around, ast.ClassDef)
            scope = module.scopes.of_node[around]
            return (Value(Target("instance", f"{module.path}::{scope.qualname}")),)
        decorators = [*reversed(function.decorator_list)]
        if isinstance(around, ast.ClassDef) and function.name.startswith("test"):
            decorators += reversed(around.decorator_list)
        injected = [one for one in decorators if self._injects(one, module)]
        position = plain.index(name) if name in plain else len(injected)
        if position < len(injected):
            return self._given(injected[position], module)
        return self._fixture(name, function, module)

    def _injects(self, decorator: ast.expr, module: Module) -> bool:
        """Tell whether a decorator gives a mock to the test."""
        if not isinstance(decorator, ast.Call):
            return False
        names = self._resolver.dotted(decorator.func, module)
        how, form = _patching(names[0]) if len(names) == 1 else ("", "")
        given = _by_position(decorator, form)
        return how == "patcher" and given is not None and given[-1] is None

    def _fixture(self, name: str, function: Function, module: Module) -> Values:
        """Return what the fixture of pytest's of that name gives."""
        for home, node in fixtures.named(name, function, module, self._modules):
            found = [
                value
                for given in fixtures.given(node)
                for value in self._resolver.values(given, home)
            ]
            return tuple(v for v in found if _is_of_mocks(v) or _patching(v.target.name)[0])
        return ()

    # -- attributes of `self`

    def of_self(self, value: Value, name: str) -> Values:
        """Return a mock that a test case keeps in an attribute."""
        target = Target("class", value.target.name)
        found: list[Values] = []
        for scope, home in self._resolver.definitions.scopes(target):
            assert isinstance(scope.node, ast.ClassDef)
            if scope.node not in self._set_on_self:
                self._set_on_self[scope.node] = _set_on_self(scope.node)
            given = self._set_on_self[scope.node].get(name, ())
            found += [self._resolver.values(one, home) for one in given]
        if not found:
            bases = self._resolver.definitions.bases(target)
            found = [
                self.of_self(Value(Target("instance", base.target.name)), name)
                for base in bases
                if base.target.kind == "class" and base.target != target
            ]
        return tuple(one for one in merge(found) if _is_of_mocks(one)) if found else ()


def _is_of_mocks(value: Value) -> bool:
    return value.target.kind.rpartition(":")[2].startswith(MOCK)


def _as_mocks(values: Values) -> Values:
    """Return mocks of tasks, of modules and of classes; nothing else is followed."""
    kinds = {"task": MOCK, "module": f"{MOCK} module", "class": f"{MOCK} class"}
    found = []
    for value in values:
        if _is_of_mocks(value):
            found.append(value)
        elif value.target.kind in kinds and (value.target.kind == "task" or not value.steps):
            found.append(_of_kind(value, kinds[value.target.kind]))
    return tuple(found)


def _of_kind(value: Value, kind: str) -> Value:
    return replace(value, target=Target(kind, value.target.name))


def _patching(name: str) -> tuple[str, str]:
    """Return how a function replaces something, and whether that is named by a string."""
    library, _, last = name.removesuffix(".object").rpartition(".")
    form = "object" if name.endswith(".object") else "string"
    if last == "patch" and library in _LIBRARIES:
        return "patcher", form
    if last == "patch" and library == _MOCKER:
        return "mock", form
    if name == f"{_MOCKER}.spy":
        return "mock", "object"
    return ("set", "either") if name == f"{_MONKEYPATCH}.setattr" else ("", "")


def _by_position(node: ast.Call, form: str) -> Sequence[ast.expr | None] | None:
    """Return the arguments that name what is replaced, and what comes there (None: a mock)."""
    if any(isinstance(arg, ast.Starred) for arg in node.args):
        return None
    words = {word.arg: word.value for word in node.keywords}
    count = 1 if form == "string" or (form == "either" and len(node.args) == 2) else 2
    names = ("target",) if count == 1 else ("target", "attribute")
    found = [
        node.args[i] if i < len(node.args) else words.get(name) for i, name in enumerate(names)
    ]
    if None in found:
        return None
    new = node.args[count] if len(node.args) > count else words.get("new", words.get("value"))
    return [*found, new]


def _is_maker(name: str) -> bool:
    library, _, last = name.rpartition(".")
    return library in (*_LIBRARIES, _MOCKER) and last in (*_CLASSES, "create_autospec")


def _hands_over(call: ast.Call, names: Sequence[str]) -> bool:
    given = [*call.args, *(word.value for word in call.keywords)]
    return any(isinstance(one, ast.Name) and one.id in names for one in given)


def _bound_by(statement: ast.AST, name: ast.Name, module: Module) -> list[Binding]:
    """Return what a name is bound to, if that statement alone does it."""
    bindings = module.scopes.bases[name].lookup(name.id)
    return bindings if [one.node for one in bindings] == [statement] else []


def _part(part: ast.expr, module: Module) -> object:
    """Return the text of a part of an f-string; "" if it is not known."""
    if isinstance(part, ast.FormattedValue):
        found = literal(part.value, module)
        return found if isinstance(found, str) and part.format_spec is None else ""
    return getattr(part, "value", "")


def _is_static(function: Function) -> bool:
    return any(getattr(one, "id", "") == "staticmethod" for one in function.decorator_list)


def _set_on_self(node: ast.ClassDef) -> dict[str, list[ast.expr]]:
    """Return what the methods of a class assign to attributes of `self`, and of the class."""
    found: dict[str, list[ast.expr]] = {}
    for inner in ast.walk(node):
        for target in inner.targets if isinstance(inner, ast.Assign) else ():
            owner = target.value if isinstance(target, ast.Attribute) else None
            if getattr(owner, "id", "") in ("self", "cls", node.name):
                assert isinstance(target, ast.Attribute)
                assert isinstance(inner, ast.Assign)
                found.setdefault(target.attr, []).append(inner.value)
    return found
