"""Asks the rules what becomes of each use and of each declaration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from celery2dramatiq.annotated import annotated
from celery2dramatiq.codemod import Context, Outcome, Rules, UseRule
from celery2dramatiq.index import App, Arg, Step, Target, Task, Use
from celery2dramatiq.mapping import (
    NO_PLACE,
    UNCERTAIN,
    UNKNOWN_APP_USE,
    UNKNOWN_NAME,
    UNKNOWN_USE,
    Action,
)

Subject = TypeVar("Subject", contravariant=True)
_OF_TASKS = ("task", "self", "module", "mock", "patched", "told mock")
_ANY = ".*"  # the shape of a rule for every attribute


@dataclass(frozen=True, slots=True)
class Claim:
    """A use and what the rules answer; `unclaimed` if one step of it has no rule."""

    use: Use
    outcomes: tuple[Outcome, ...]

    @property
    def manual(self) -> Outcome | None:
        """Return the answer that says the use cannot be migrated."""
        for outcome in self.outcomes:
            if outcome.row.action is Action.MANUAL:
                return outcome
        return None


def claim(use: Use, rules: Rules, context: Context) -> Claim:
    """Ask the rules for each step of a use, then for how it ends."""
    named = use.target.name if use.target.kind == "external" else use.target.kind
    if use.role.kind == "annotation" and (use.steps or (named, "annotation") not in rules.ends):
        return Claim(use, ())
    outcomes = tuple(_answers(use, rules, context))
    # whatever it stands for, it is right as it is if nothing has to be written here
    matters = any(o.specs or o.row.action is Action.MANUAL for o in outcomes)
    if not use.certain and matters and not _is_same_for_all(use, outcomes, rules, context):
        return Claim(use, (Outcome(UNKNOWN_NAME if use.guessed else UNCERTAIN),))
    if use.misplaced and any(outcome.specs for outcome in outcomes):
        return Claim(use, (Outcome(NO_PLACE),))
    return Claim(use, outcomes)


def _is_same_for_all(use: Use, outcomes: Sequence[Outcome], rules: Rules, context: Context) -> bool:
    """Tell whether the use becomes the same whichever of several tasks its name stands for."""
    if not use.among or any(outcome.row.action is Action.MANUAL for outcome in outcomes):
        return False
    own = [outcome.specs for outcome in outcomes]
    others = (replace(use, target=Target("task", other)) for other in use.among)
    return all(
        own == [outcome.specs for outcome in _answers(other, rules, context)] for other in others
    )


def _answers(use: Use, rules: Rules, context: Context) -> Iterator[Outcome]:
    kind = use.target.name if use.target.kind == "external" else use.target.kind
    steps = (*use.made, *use.steps)
    position, task = 0, ""
    while position < len(steps):
        found = _longest(kind, steps[position:], rules)
        if found is None:
            what = "".join(step.shape for step in steps[: position + 2])
            yield replace(_unclaimed(use, what), task=task)
            return
        count, rule = found
        outcome = rule.answer(use, steps[position : position + count], context)
        if outcome is None:
            yield replace(_unclaimed(use, steps[position].shape), task=task)
            return
        task = outcome.task or task
        position += count
        if position > len(use.made):
            yield replace(outcome, task=task)
            yield from outcome.also
        if outcome.row.action is Action.MANUAL or outcome.gives == "":
            return
        kind = outcome.gives
    for outcome in _end(kind, use, rules, context):
        yield replace(outcome, task=task or outcome.task)
        yield from outcome.also


def _end(kind: str, use: Use, rules: Rules, context: Context) -> Iterator[Outcome]:
    rule = rules.ends.get((kind, use.role.kind)) or rules.ends.get((kind, "*"))
    found = rule.answer(use, context) if rule is not None else None
    yield found if found is not None else _unclaimed(use, use.role.kind)


def _longest(kind: str, steps: Sequence[Step], rules: Rules) -> tuple[int, UseRule] | None:
    table = rules.uses.get(kind, {})
    for count in range(len(steps), 0, -1):
        rule = table.get("".join(step.shape for step in steps[:count]))
        if rule is not None:
            return count, rule
    if steps[0].kind == "attr" and _ANY in table:
        return 1, table[_ANY]
    return None


_ROLES = {
    "argument": "it is handed to {detail}",
    "returned": "it is returned to the caller",
    "element": "it is put into a collection",
    "operand": "it is part of an expression",
    "lambda": "a lambda returns it",
    "decorator": "it decorates {detail}",
    "base": "{detail} is derived from it",
    "string": "its name is in a string{detail}",
    "stored": "it is assigned to",
    "awaited": "it is awaited",
    "formatted": "it is formatted into a string",
}


def _unclaimed(use: Use, what: str) -> Outcome:
    row = UNKNOWN_USE if use.target.kind in _OF_TASKS else UNKNOWN_APP_USE
    detail = use.role.detail
    if use.role.kind == "string":
        detail = f" given to {detail}" if detail else ""
    subject = use.target.name if use.target.kind == "external" else use.target.kind
    if what.startswith((".", "(", "[")):
        return Outcome(row, f"`{subject}{what}`")
    return Outcome(row, f"`{subject}{use.shape}`: " + _ROLES.get(what, what).format(detail=detail))


def declared(task: Task, rules: Rules, context: Context) -> tuple[Outcome, ...]:
    """Ask the rules for the options of a task's decorator."""
    args = {arg.keyword or arg.code: arg for arg in task.options}
    args.update(_annotated(task, args, context.annotations))
    return tuple(_grouped(task, args, rules.options, rules.always, context, "the option"))


def _annotated(task: Task, own: Iterable[str], given: Arg | None) -> Iterator[tuple[str, Arg]]:
    """Yield the options that the app's settings give to a task, over the decorator's own."""
    if given is None:
        return
    for name, value in annotated(task.name, tuple(own), given.literal).items():
        yield name, Arg(name, "", given.place, repr(value), value, spread=True)


def keywords(
    task: Task, args: Mapping[str, Arg], rules: Rules, context: Context
) -> tuple[Outcome, ...]:
    """Ask the rules for the keywords of an `apply_async`."""
    return tuple(_grouped(task, args, rules.keywords, (), context, "the keyword"))


def settings(
    app: App, args: Mapping[str, Arg], rules: Rules, context: Context
) -> tuple[Outcome, ...]:
    """Ask the rules for settings of an app, by lowercase name."""
    table, always = rules.settings, rules.app_always
    return tuple(_grouped(app, args, table, always, context, "the setting", located=True))


class _Grouping(Protocol[Subject]):
    """A rule that reads several arguments together."""

    @property
    def answer(self) -> Callable[[Subject, Mapping[str, Arg], Context], Iterable[Outcome]]: ...


def _grouped(
    subject: Subject,
    args: Mapping[str, Arg],
    table: Mapping[str, _Grouping[Subject]],
    always: Sequence[_Grouping[Subject]],
    context: Context,
    what: str,
    *,
    located: bool = False,
) -> Iterator[Outcome]:
    """Ask each rule once, with all the arguments that are its own.

    located: each answer is about the place of the argument.
    """
    asked: dict[int, tuple[_Grouping[Subject], dict[str, Arg]]] = {
        id(rule): (rule, {}) for rule in always
    }
    for name, arg in args.items():
        rule = table.get(name)
        if rule is None or arg.star:
            shown = f"{arg.star}{arg.code}" if arg.star else f"`{name}`"
            yield Outcome(UNKNOWN_USE, f"{what} {shown}", at=arg.place if located else None)
            continue
        asked.setdefault(id(rule), (rule, {}))[1][name] = arg
    for rule, own in asked.values():
        at = next((arg.place for arg in own.values()), None)
        for outcome in rule.answer(subject, own, context):
            yield replace(outcome, at=outcome.at or (at if located else None))
