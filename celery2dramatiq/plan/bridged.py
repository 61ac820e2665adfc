"""What the bridge of `apply --dev-only` serves: Dramatiq's words, given back to Celery exactly.

Where the bridge cannot do that the task stays on Celery, in development too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath

from celery2dramatiq.claim import Claim
from celery2dramatiq.codemod import BRIDGE, HELPERS, Outcome, is_taken
from celery2dramatiq.index import App, Arg, Index, Task, Use
from celery2dramatiq.literals import written
from celery2dramatiq.mapping import BRIDGED_OPTION, BRIDGED_QUEUE, NOT_BRIDGED
from celery2dramatiq.plan.holds import Holds
from celery2dramatiq.specs import (
    AttributeSpec,
    CallSpec,
    Code,
    Import,
    Inner,
    Keep,
    ParameterSpec,
    ReadSpec,
    ReplaceSpec,
    Spec,
    Stars,
    Text,
    WrapSpec,
)

LIBRARY = frozenset((
    "dramatiq.actor",
    "dramatiq.errors.Retry",
    "dramatiq.middleware.SkipMessage",
    "dramatiq.middleware.TimeLimitExceeded",
    "dramatiq.results.ResultTimeout",
))  # fmt: skip
_ATTRIBUTES = frozenset(("actor_name", "fn", "message_id", "send", "send_with_options"))
_SENDS = ("send", "send_with_options")
_OF_MOCKS = ("mock", "patched", "told mock")
_LITERAL = re.compile(r"-?[\w.]+|'[^']*'|\"[^\"]*\"")
_OF_QUEUES = ("task_default_exchange", "task_default_queue", "task_default_routing_key")
_OF_CELERY_ALONE = ("compression", "exchange", "priority", "routing_key")  # of a send
_NAMED = ("args", "kwargs", "name", "link", "task_id")  # of a send: the same in both


@cache
def served() -> frozenset[str]:
    """Return the helpers that the bridge has for Celery, too."""
    template = files("celery2dramatiq.templates").joinpath(f"{BRIDGE}.txt").read_text("utf-8")
    _, _, text = template.partition("\nelse:\n")
    return frozenset(re.findall(r"^    (?:def |class )?([A-Za-z]\w*)(?= = |\(|:)", text, re.M))


# -- uses


def claims(every: Sequence[Claim], index: Index) -> list[Claim]:
    """Return the claims as they are with the bridge: some stay as they are, some hold a task."""
    return [_claim(one, index) for one in every]


def _claim(one: Claim, index: Index) -> Claim:
    use = one.use
    if use.role.kind == "string" and use.target.kind != "patched":  # names do not change
        return replace(one, outcomes=())
    if use.target.kind == "app" and use.shape.startswith(".conf"):
        return replace(one, outcomes=())  # the app stays, and is asked when the process runs
    outside = one.use.target.kind in ("app", "external", "module")
    specs = [spec for outcome in one.outcomes for spec in outcome.specs]
    if not specs or (outside and not any(_is_dramatiqs(spec) for spec in specs)):
        return _bare(one)  # Celery stays installed, and its app stays
    problem = next(filter(None, (_problem(spec, use, index) for spec in specs)), "")
    if problem:
        last = one.outcomes[-1]
        held = Outcome(NOT_BRIDGED, problem, tie=last.tie, task=last.task)
        return replace(_bare(one), outcomes=(*_bare(one).outcomes, held))
    back = tuple(_given_back(out, use) for out in one.outcomes)
    given = [arg for spec in specs for arg in _original(spec, use) if _is_celerys(arg)]
    said = [_said(arg) for arg in given if use.target.kind not in _OF_MOCKS]
    return replace(one, outcomes=(*back, *said))


def _bare(one: Claim) -> Claim:
    return replace(one, outcomes=tuple(replace(out, specs=(), beside=()) for out in one.outcomes))


def _is_dramatiqs(spec: Spec) -> bool:
    return bool(spec.helpers) or any(new.module.split(".")[0] == "dramatiq" for new in spec.imports)


def _problem(spec: Spec, use: Use, index: Index) -> str:
    """Return what the bridge cannot serve of what is printed; "" if it can."""
    missing = [name for name in spec.helpers if not name.startswith("_") and name not in served()]
    if missing:
        return f"`{missing[0]}`"
    if use.target.kind in _OF_MOCKS and isinstance(spec, (CallSpec, ReplaceSpec)):
        return ""  # what the code under test calls is another use
    if isinstance(spec, AttributeSpec):
        return "" if spec.around or spec.name in _ATTRIBUTES else f"`.{spec.name}`"
    if isinstance(spec, WrapSpec):
        return "" if _is_name(spec.function, spec) else f"`{spec.function}`"
    if isinstance(spec, ReplaceSpec):
        return "" if _is_known(spec) else f"`{spec.code}`"
    if isinstance(spec, CallSpec):
        return _problem_of_call(spec, use, index)
    return "" if isinstance(spec, ReadSpec) else "a statement that would go"


def _is_known(spec: ReplaceSpec) -> bool:
    """Tell whether code is a name of the bridge's, a literal, or the name of an actor."""
    code = spec.code
    if _is_name(re.sub(r"\([\w.]*\)$", "", code), spec):
        return True
    return code.endswith(".actor_name") or bool(_LITERAL.fullmatch(code))


def _is_name(code: str, spec: Spec) -> bool:
    own = code.removeprefix(f"{BRIDGE}.")
    return code in LIBRARY or (own in served() and own in spec.helpers)


def _problem_of_call(spec: CallSpec, use: Use, index: Index) -> str:
    args = _original(spec, use)
    attribute = spec.attribute or spec.function.rpartition(".")[2]
    if spec.function in LIBRARY and not spec.args and args:
        return f"what `{spec.function}` is called with"
    if attribute == "fn" and use.shape.startswith("()"):
        return "`self()`"
    if attribute in _SENDS or attribute == "send_task":
        lost = [arg for arg in args if not _is_exact(arg)]
        if any(arg.keyword is None for arg in lost):
            return "an option by position"
        if lost and is_taken(index, spec.place.path, "dict"):
            return "`dict` is something else here"
        return ""
    if "revoke" in spec.helpers and any(not _is_of_revoke(arg, use) for arg in args):
        return "what a task is revoked with"
    if attribute == "fn" or _is_name(spec.function.removesuffix(".connect"), spec):
        return ""
    root = spec.function.split(".")[0]
    libraries = {(new.name or new.module).split(".")[0] for new in spec.imports}
    return "" if root in libraries - {"dramatiq"} else f"`{spec.function or spec.attribute}`"


def _is_of_revoke(arg: Arg, use: Use) -> bool:
    """Tell whether an argument of `revoke` is one of the helper's, too."""
    if arg.keyword is None:
        return use.target.kind == "app" and arg.position == 0
    return arg.keyword in ("task_id", "terminate")


def _original(spec: Spec, use: Use) -> tuple[Arg, ...]:
    """Return the arguments of the call that is printed anew, and what is known behind `**`."""
    steps = (*use.made, *use.steps)
    args = next((step.args for step in steps if step.place == spec.place), ())
    return tuple(one for arg in args for one in (arg.items if arg.star == "**" else ()) or (arg,))


def keywords(args: Mapping[str, Arg]) -> dict[str, Arg]:
    """Return the keywords of a send that Dramatiq is told of: the queue is Celery's matter."""
    return {
        name: arg
        for name, arg in args.items()
        if arg.star or not (name == "queue" or _is_celerys(arg) or _is_json(arg))
    }


def _is_celerys(arg: Arg) -> bool:
    """Tell whether an option of a send is for Celery alone, and says something."""
    return arg.keyword in ("queue", *_OF_CELERY_ALONE) and arg.literal is not None


def _is_json(arg: Arg) -> bool:
    return arg.keyword == "serializer" and arg.literal == "json"


def _said(arg: Arg) -> Outcome:
    row = BRIDGED_QUEUE if arg.keyword == "queue" else BRIDGED_OPTION
    return Outcome(
        row, f"`{arg.code}`" if arg.keyword == "queue" else f"`{arg.keyword}={arg.code}`"
    )


def _is_exact(arg: Arg) -> bool:
    """Tell whether an argument of a send can be told from Dramatiq's."""
    if arg.keyword in _NAMED or (arg.keyword is None and (arg.position or 0) < 3):
        return True
    exact = arg.keyword in ("countdown", "eta", "expires")
    number = arg.literal if isinstance(arg.literal, (int, float)) else 1
    return exact and arg.literal is not None and number > 0


def _given_back(outcome: Outcome, use: Use) -> Outcome:
    specs = (_with_celery(spec, use) if isinstance(spec, CallSpec) else spec
             for spec in outcome.specs)  # fmt: skip
    return replace(outcome, specs=tuple(specs))


def _with_celery(spec: CallSpec, use: Use) -> CallSpec:
    """Return a send that carries Celery's own options, where Dramatiq's do not say the same."""
    attribute = spec.attribute or spec.function.rpartition(".")[2]
    lost = [arg for arg in _original(spec, use) if not _is_exact(arg)]
    applied = any(step.name == "apply_async" for step in (*use.made, *use.steps))
    sent = attribute in _SENDS or (use.target.kind == "mock" and spec.args != ())
    if not lost or not (attribute == "send_task" or (sent and applied)):
        return spec
    options = tuple(
        (arg.keyword, Text(written(arg.literal)) if arg.spread else Keep(arg.keyword or ""))
        for arg in lost
    )
    args = (*spec.args, ("celery", Inner("dict", options)))
    if attribute == "send" and spec.attribute:
        return replace(spec, attribute="send_with_options", args=args)
    function = f"{spec.function}_with_options" if attribute == "send" else spec.function
    return replace(spec, function=function, args=args)


# -- declarations


def declared(task: Task, outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """Return what was answered about a declaration, and what the bridge cannot serve of it."""
    problem = _problem_of(task, outcomes)
    return (*outcomes, Outcome(NOT_BRIDGED, problem)) if problem else tuple(outcomes)


def _problem_of(task: Task, outcomes: Sequence[Outcome]) -> str:
    if task.wrapper or task.called_with is not None:
        return "it is declared by something else than Celery's decorator above it"
    stars = {arg.place for arg in task.options if arg.spread or arg.star}
    if len(stars) > 1 and any(_is_spread_bind(arg) for arg in task.options):
        return "`bind` comes from one of several dictionaries"
    specs = (spec for outcome in outcomes for spec in outcome.specs)
    assert all(isinstance(spec, ParameterSpec) for spec in specs)  # `self`, of the function
    names = [name for outcome in outcomes for name in outcome.helpers]
    names += [new.name for out in outcomes for new in out.imports if _is_of_library(new)]
    missing = [name for name in names if not name.startswith("_") and name not in served()]
    return f"`{missing[0]}`" if missing else ""


def _is_spread_bind(arg: Arg) -> bool:
    return arg.keyword == "bind" and arg.spread


def _is_of_library(new: Import) -> bool:
    return new.module.split(".")[0] == "dramatiq"


def decorator(task: Task) -> Code:
    """Return the decorator that makes the Celery task, without `bind`: the function has no self."""
    args: list[tuple[str | None, Code]] = [
        (arg.keyword, Keep(arg.keyword))
        for arg in task.options
        if arg.keyword and not arg.spread and not arg.star and arg.keyword != "bind"
    ]
    if any(arg.spread or arg.star for arg in task.options):
        unbound = any(_is_spread_bind(arg) for arg in task.options)
        args.append((None, Stars("**", "bind" if unbound else "")))
    return Inner(task.declared_by, tuple(args)) if args else Text(task.declared_by)


def early_reasons(holds: Holds, app_of: Mapping[str, App | None]) -> None:
    """Hold back the tasks of modules that are imported before Django's settings may be read."""
    if holds.index.django is None:
        return
    apps = {app.path for app in holds.index.apps if not app.test}
    early = _imported(holds.index, [*apps, *holds.index.django.settings])
    for task in holds.index.tasks:
        if app_of[task.id] is not None and task.path in early:
            holds.note(task, NOT_BRIDGED, "it is imported before Django's settings may be read")


def _imported(index: Index, starts: Sequence[str]) -> set[str]:
    """Return these modules, the packages that they lie in, and what they all import."""
    found: set[str] = set()
    stack = list(starts)
    while stack:
        path = stack.pop()
        module = index.modules.get(path)
        if module is not None and path not in found:
            found.add(path)
            above = PurePosixPath(path).parents
            stack += [*module.imports, *(str(folder / "__init__.py") for folder in above)]
    return found


def settings(named: Mapping[str, Arg]) -> dict[str, Arg]:
    """Return the settings that matter: queues of Dramatiq's have names of their own."""
    return {name: arg for name, arg in named.items() if name not in _OF_QUEUES}


# -- imports


def through(new: Import) -> str:
    """Return the name under which the bridge has what is imported; "" if it is no matter of it."""
    if _is_of_library(new):
        return new.name or "dramatiq"
    return new.name if new.module.rpartition(".")[2] == HELPERS else ""
