"""The app: which one a task belongs to, and the broker that is made where it is made."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from celery2dramatiq import claim
from celery2dramatiq.claim import Claim
from celery2dramatiq.codemod import Context, Framework, Outcome, Rules
from celery2dramatiq.index import MISSING, App, Arg, Index, Target
from celery2dramatiq.index.configure import ARGUMENTS
from celery2dramatiq.mapping import UNKNOWN_APP_USE, Action
from celery2dramatiq.plan import bridged
from celery2dramatiq.plan.model import AppPlan
from celery2dramatiq.specs import BrokerSpec, Code, Import, RemoveSpec, Spec, Text
from celery2dramatiq.templates import choices

_WITHOUT_PREFIX = (
    "redis://",
    "rediss://",
    "redis+socket://",
    "unix://",
    "memory://",
    "sentinel://",
    "sqs://",
)
# Those of celery.Celery that are no settings by another name.
_OTHER_ARGUMENTS = frozenset(ARGUMENTS) - {"backend", "broker", "include"}
_RABBITMQ = re.compile(r"""["'](?:pyamqp|amqps?)://""")
QUEUE_PREFIX = "dramatiq_"


@dataclass(frozen=True, slots=True)
class Made:
    """The broker that an app becomes.

    exists: an earlier run has made it. framework: what makes it, if the app's module does not.
    """

    app: App
    outcomes: tuple[Outcome, ...]
    variable: str
    exists: bool = False
    framework: Framework | None = None

    def spec(self, *, keep: bool) -> Spec | None:
        """Return the spec that makes the broker; `keep`: the app stays above it."""
        if self.exists or self.framework is not None:
            return None if keep else RemoveSpec(self.app.statement)
        sets = self.arguments
        url = sets.pop("url", None)
        arguments: list[tuple[str | None, Code]] = [(None, url)] if url is not None else []
        arguments.extend(sets.items())
        return BrokerSpec(
            place=self.app.statement,
            imports=(Import("dramatiq"), *_imports(value for _, value in arguments)),
            helpers=("make_broker", *(name for one in self.outcomes for name in one.helpers)),
            variable=self.variable,
            arguments=tuple(arguments),
            keep=keep,
        )

    def specs(self, *, keep: bool) -> Iterator[Spec]:
        """Yield everything that makes the broker."""
        own = self.spec(keep=keep)
        if own is not None:
            yield own
        if self.framework is not None:
            yield from () if keep else self.framework.gone
            for outcome in self.framework.outcomes:
                yield from outcome.specs

    @property
    def arguments(self) -> dict[str, Code]:
        """Return the arguments of `make_broker`."""
        return dict(pair for outcome in self.outcomes for pair in outcome.sets)

    @property
    def answers(self) -> tuple[Outcome, ...]:
        """Return what is said of the app, and of its framework."""
        return (*self.outcomes, *(self.framework.outcomes if self.framework is not None else ()))

    @property
    def manual(self) -> tuple[Outcome, ...]:
        """Return the answers that say the app cannot be migrated."""
        return tuple(o for o in self.answers if o.row.action is Action.MANUAL and not o.harmless)


def _imports(codes: Iterable[Code]) -> Iterator[Import]:
    for code in codes:
        if isinstance(code, Text):
            yield from code.imports


def apps_of_tasks(index: Index) -> dict[str, App | None]:
    """Return each task's app: the one that declares it, or the only one there is."""
    apps = {app.id: app for app in index.apps}
    ours = [app for app in index.apps if not app.test]
    found: dict[str, App | None] = {}
    for task in index.tasks:
        own = apps.get(task.app) if task.app is not None else None
        alone = ours[0] if len(ours) == 1 else None
        found[task.id] = own if own is not None and (own.test or own is alone) else alone
    return found


def settings(app: App, index: Index) -> dict[str, Arg]:
    """Return the settings of an app that Celery reads, and its other arguments, by name."""
    named: dict[str, Arg] = {}
    for position, arg in enumerate(app.args):
        known = position < len(ARGUMENTS) and not arg.star
        name = arg.keyword or (ARGUMENTS[position] if known else arg.code)
        if arg.star or name in _OTHER_ARGUMENTS:
            named[name] = arg
    return {**named, **index.configurations[app.id].args()}


def make(app: App, index: Index, rules: Rules, context: Context) -> Made:
    """Ask the rules what the app's arguments and settings become."""
    named = settings(app, index)
    if context.options.dev_only:
        named = bridged.settings(named)
    outcomes = list(claim.settings(app, named, rules, context))
    problem = _unfit(app, index)
    if problem:
        outcomes.append(Outcome(UNKNOWN_APP_USE, problem))
    module = index.modules[app.path]
    variable = "broker" if "broker" not in module.exports else "dramatiq_broker"
    return Made(app, tuple(outcomes), module.broker or variable, bool(module.broker))


def _unfit(app: App, index: Index) -> str:
    if app.kind == "external":
        return f"the app `{app.variable}` comes from outside the project"
    if app.kind == "subclass":
        return "the app is of a class of the project's own"
    if not app.certain:
        return "the class of the app is bound more than once"
    by_factory = index.factory is not None and index.factory.app == app.id
    if app.scope and not by_factory:
        return f"the app is made inside `{app.scope}`"
    return "" if app.variable else "the app is not simply assigned to a name"


def url_of(app: App, index: Index) -> str | None:
    """Return the broker's URL if it stands in the source; None if it is computed."""
    url = index.configurations[app.id].args().get("broker_url")
    if url is None:
        return "amqp://"
    return url.literal if isinstance(url.literal, str) else None


def queue_prefix(url: str | None) -> str:
    """Return what must stand before the queues' names: RabbitMQ refuses Celery's own queues.

    On SQS the broker itself puts it there, since queues of other programs lie beside them.
    """
    return "" if url is not None and url.startswith(_WITHOUT_PREFIX) else QUEUE_PREFIX


def has_results(app: App, index: Index) -> bool | None:
    """Tell whether there will be a result backend; None if that is computed."""
    backend = index.configurations[app.id].args().get("result_backend")
    if backend is None:
        return False
    if backend.literal is MISSING:
        return None
    scheme = str(backend.literal or "disabled").partition(":")[0]
    if scheme == "rpc":  # in the broker, which Redis can do
        url = url_of(app, index)
        if url is None:
            return not names_rabbitmq(app, index)
        return url.partition(":")[0] in choices("_RESULT_BACKENDS")
    return scheme in choices("_RESULT_BACKENDS")


def names_rabbitmq(app: App, index: Index) -> bool:
    """Tell whether a computed URL is one of RabbitMQ's where the environment gives none."""
    url = index.configurations[app.id].args().get("broker_url")
    return url is not None and url.literal is MISSING and _RABBITMQ.search(url.code) is not None


def loses_results(app: App, index: Index) -> bool:
    """Tell whether there is a result backend now, and will be none."""
    backend = index.configurations[app.id].args().get("result_backend")
    now = str(backend.literal or "disabled") if backend is not None else "disabled"
    return now.partition(":")[0] != "disabled" and has_results(app, index) is False


def plans(
    index: Index,
    moving: Mapping[str, bool],
    claims: Sequence[Claim],
    app_of: Mapping[str, App | None],
    mentions: Sequence[tuple[str, bytes]] = (),
    kept: Collection[str] = (),
) -> tuple[AppPlan, ...]:
    """Decide for each app whether it goes: every task of it moves, and nothing else needs it.

    mentions: path and bytes of the files that could not be read, any of which may import it.
    kept: ids of apps of which entries of the schedule stay.
    """
    found = []
    for app in index.apps:
        own = [task for task, its in app_of.items() if its is not None and its.id == app.id]
        needs = {Target("app", app.id), Target("external", "celery.shared_task")}
        free = all(one.manual is None for one in claims if one.use.target in needs)
        free = free and app.id not in kept
        free = free and not any(_may_import(data, app) for _, data in mentions)
        found.append(AppPlan(app, bool(own) and free and all(moving[task] for task in own)))
    return tuple(found)


def _may_import(data: bytes, app: App) -> bool:
    """Tell whether a file that could not be read has the names of the app and of its module."""
    names = (app.module.rpartition(".")[2], app.variable)
    return all(name.encode("utf-8", "surrogateescape") in data for name in names)
