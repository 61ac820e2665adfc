"""Decorators of the project's own: they declare actors when every task of theirs moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from celery2dramatiq.codemod import Outcome
from celery2dramatiq.index import MISSING, Arg, Index, Task, Wrapper
from celery2dramatiq.mapping import OUTSIDE, WRAPPED_TOGETHER, WRAPPER
from celery2dramatiq.plan.holds import Holds
from celery2dramatiq.specs import ActorSpec, CallSpec, Code, Import, Keep, Spec, Stars, Text

Declared = Mapping[str, Sequence[Outcome]]
Ask = Callable[[Task], Sequence[Outcome]]  # what the rules answer about a task's declaration
Sets = Mapping[str, Code]


def reasons(holds: Holds, declared: Declared, ask: Ask) -> None:
    """Hold back the tasks whose decorator cannot declare actors."""
    for task in holds.index.tasks:
        if task.wrapper and task.wrapper not in _by_id(holds.index):
            holds.note(task, OUTSIDE, f"`{task.wrapper}`")
    for wrapper in holds.index.wrappers:
        tasks = tasks_of(wrapper, holds.index)
        for task in tasks:
            problem = wrapper.problem or _problem(wrapper, task, declared[task.id], ask)
            if problem:
                holds.note(task, WRAPPER, f"`{task.declared_by}`: {problem}")


def tie(holds: Holds) -> None:
    """Hold back the tasks whose decorator declares another one that stays."""
    for wrapper in holds.index.wrappers:
        tasks = tasks_of(wrapper, holds.index)
        staying = [task for task in tasks if holds[task.id]]
        for task in tasks if staying else ():
            if not holds[task.id]:
                other = staying[0].name or staying[0].function
                holds.note(task, WRAPPED_TOGETHER, f"`{other}`")


def tasks_of(wrapper: Wrapper, index: Index) -> list[Task]:
    """Return the tasks that a wrapper declares."""
    return [task for task in index.tasks if task.wrapper == wrapper.id]


def _by_id(index: Index) -> dict[str, Wrapper]:
    return {wrapper.id: wrapper for wrapper in index.wrappers}


def _problem(wrapper: Wrapper, task: Task, outcomes: Sequence[Outcome], ask: Ask) -> str:
    """Return why the wrapper's options and the task's own cannot be told apart, if so."""
    if wrapper.wraps and task.bound:
        return "it wraps a bound task"
    if any(arg.keyword == "name" for arg in wrapper.options):
        return "it gives every task a name"
    if not wrapper.passes and not wrapper.function:
        return "it can be given neither the task's name nor the function to take it from"
    always = _sets(ask(alone(wrapper, task)))
    every = _sets(outcomes)
    if any(every.get(name) != code for name, code in always.items()):
        return "its options and the task's own make one of Dramatiq's"
    own = {name: code for name, code in every.items() if name not in always}
    if own and not wrapper.passes:
        return f"it hands on no options, and `{next(iter(own))}` is needed"
    if any(arg.literal is MISSING for arg in wrapper.options):
        plain = replace(task, options=_own(wrapper, task))
        if own != {k: code for k, code in _sets(ask(plain)).items() if k not in always}:
            return "what it computes is needed where the task is declared"
    return ""


def alone(wrapper: Wrapper, task: Task) -> Task:
    """Return a task that has nothing but the wrapper's own options."""
    return replace(task, id="", options=wrapper.options, bound=False, is_async=False)


def _own(wrapper: Wrapper, task: Task) -> tuple[Arg, ...]:
    return tuple(arg for arg in task.options if arg not in wrapper.options)


def _sets(outcomes: Sequence[Outcome]) -> Sets:
    return {name: code for outcome in outcomes for name, code in outcome.sets}


def specs(index: Index, moving: Mapping[str, bool], ask: Ask) -> Iterator[Spec]:
    """Yield the spec of each wrapper whose tasks move."""
    for wrapper in index.wrappers:
        tasks = tasks_of(wrapper, index)
        if all(moving[task.id] for task in tasks):
            plain = tuple(replace(arg, spread=False) for arg in wrapper.options)
            outcomes = ask(replace(alone(wrapper, tasks[0]), path=wrapper.path, options=plain))
            yield _spec(wrapper, outcomes)


def _spec(wrapper: Wrapper, outcomes: Sequence[Outcome]) -> Spec:
    """Return a call that is like the one there is; one that is kept gives a decorator each time.

    `dramatiq.actor(...)` keeps the name of the first function that it decorates.
    """
    options: list[tuple[str | None, Code]] = [(None, Stars("*"))]
    if wrapper.given:
        options.append((None, Keep(0)))
    if not wrapper.passes:
        name = f'f"{{{wrapper.function}.__module__}}.{{{wrapper.function}.__name__}}"'
        options.append(("actor_name", Text(name)))
    options += [*_sets(outcomes).items(), (None, Stars("**"))]
    if wrapper.kept:
        options = [(None, Text("dramatiq.actor")), *_sets(outcomes).items()]
    kind = ActorSpec if wrapper.decorates else CallSpec
    arguments = {"options" if wrapper.decorates else "args": tuple(options)}
    return kind(
        wrapper.place,
        imports=(
            *((Import("functools"),) if wrapper.kept else ()),
            Import("dramatiq"),
            *(new for outcome in outcomes for new in outcome.imports),
        ),
        helpers=tuple(name for outcome in outcomes for name in outcome.helpers),
        setup=not wrapper.kept,
        function="functools.partial" if wrapper.kept else "dramatiq.actor",
        **arguments,  # type: ignore[arg-type]
    )


def own_options(index: Index, task: Task, outcomes: Sequence[Outcome], ask: Ask) -> Sets | None:
    """Return the options that stand at the task itself; None if it has a decorator of Celery's."""
    wrapper = _by_id(index).get(task.wrapper)
    if wrapper is None:
        return None
    always = _sets(ask(alone(wrapper, task)))
    return {name: code for name, code in _sets(outcomes).items() if name not in always}
