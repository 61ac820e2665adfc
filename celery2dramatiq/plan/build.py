"""Puts a plan together from the index, the rules, and what the user chose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from celery2dramatiq import claim as claims_of
from celery2dramatiq.claim import Claim, claim
from celery2dramatiq.codemod import Context, Options, Outcome, Rules
from celery2dramatiq.index import App, Arg, Index, Task, Use
from celery2dramatiq.mapping import IMPORT_CYCLE, Action
from celery2dramatiq.plan import (
    apps,
    bridged,
    brokers,
    commands,
    edits,
    findings,
    frameworks,
    schedules,
    starts,
    texts,
    wrappers,
)
from celery2dramatiq.plan.holds import (
    OF_TASKS,
    Holds,
    finding,
    lost_reasons,
    own_reasons,
    tie,
    unreadable_reasons,
    use_reasons,
)
from celery2dramatiq.plan.model import AppPlan, Command, Finding, Plan, TaskPlan
from celery2dramatiq.plan.needs import DRAMATIQ, Need
from celery2dramatiq.plan.ties import Ties, hold_together, tied, ties_of

if TYPE_CHECKING:
    from celery2dramatiq.files import Source
    from celery2dramatiq.specs import Code


def build(
    index: Index,
    rules: Rules,
    options: Options,
    *,
    mentions: Sequence[tuple[str, bytes]] = (),
    width: int = 88,
    files: Mapping[str, Source] | None = None,
) -> Plan:
    """Decide what becomes of the project.

    mentions: path and bytes of the files that could not be read, as far as there are any bytes.
    width: the project's line length.
    files: those that the rules for project files want to see, by path.
    """
    celerys = index
    others = brokers.others(index, options.broker)
    index = brokers.chosen(index, others, options.broker)
    app_of = apps.apps_of_tasks(index)
    context = replace(
        _context(index, rules, options),
        other_broker=others,
        made=brokers.made((files or {}).values()),
    )
    claims = [claim(use, rules, context) for use in index.uses]
    context, claims = _with_app(context, claims, celerys, rules)
    scheduled = schedules.plan(index, rules, context)
    claims = schedules.covered(claims, scheduled)
    plain = _made(index, rules, context)
    dev_only = options.dev_only
    if dev_only:
        claims = bridged.claims(claims, index)
    beside = [one for one in claims if _is_beside(one)]
    paths = sorted({one.use.place.path for one in beside})
    made = plain if dev_only else frameworks.add(plain, index.tasks, app_of, rules, context, paths)
    declared = {task.id: claims_of.declared(task, rules, context) for task in index.tasks}
    if dev_only:
        declared = {one.id: bridged.declared(one, declared[one.id]) for one in index.tasks}

    holds = Holds(index, options)
    own_reasons(holds, app_of)
    unreadable_reasons(holds, mentions)
    ties = ties_of(claims, index)
    use_reasons(holds, claims, app_of, lambda one: tuple(tied(one, ties)))
    schedules.reasons(holds, scheduled)
    _declared_reasons(holds, declared)
    _app_reasons(holds, app_of, made)
    if context.lost_results:
        lost_reasons(holds, claims, app_of)
    _cycle_reasons(holds, app_of, made)
    frameworks.early_reasons(holds, made, app_of, ())
    if dev_only:
        bridged.early_reasons(holds, app_of)
    settings = {
        name: arg
        for app in index.apps
        if not app.test
        for name, arg in apps.settings(app, index).items()
    }
    outcomes = [outcome for app in made.values() for outcome in app.outcomes]
    outcomes += [outcome for one in beside for outcome in one.outcomes]
    included = [name for outcome in outcomes for name in outcome.modules]
    words = tuple(dict.fromkeys(word for outcome in outcomes for word in outcome.worker))

    started = starts.find(files or {})
    queues = settings, context.queue_prefix, words
    every = {task.id: not task.test for task in index.tasks}
    aim = commands.target(index, every, app_of, included, made, *queues)
    if not dev_only:
        starts.reasons(
            holds, started, rules, schedules.aimed(aim, index, scheduled, every, app_of, context)
        )

    ask = partial(claims_of.declared, rules=rules, context=context)
    wrappers.reasons(holds, declared, ask)
    moving, app_plans, going = _decided(holds, claims, app_of, mentions, ties, scheduled)
    if len(going) < len(app_plans):
        frameworks.early_reasons(holds, made, app_of, {one.app.id for one in app_plans} - going)
        moving, app_plans, going = _decided(holds, claims, app_of, mentions, ties, scheduled)
    own = [task for task in index.tasks if moving[task.id]]
    made = plain if dev_only else frameworks.add(plain, own, app_of, rules, context, paths)
    done = [one for one in claims if _moves(one, moving, going, index, ties)]
    edited = edits.build(
        index,
        moving,
        going,
        claims,
        done if going else list(map(_aside, done)),
        declared,
        made,
        app_of,
        context,
        width,
        ask,
        tuple(schedules.specs(scheduled, moving, going)) if not dev_only else (),
    )
    if dev_only:
        scheduled = ()
    module = schedules.module(index, scheduled, moving, app_of, context)
    worker = commands.target(index, moving, app_of, included, made, *queues)
    env = brokers.variables(others, options.broker)
    plan = Plan(
        index=celerys,
        tasks=tuple(TaskPlan(t, moving[t.id], holds[t.id]) for t in index.tasks),
        apps=app_plans,
        findings=(
            *findings.build(
                claims,
                done,
                declared,
                made,
                moving,
                holds,
                app_of,
                tuple(schedules.findings(scheduled, moving)),
            ),
            *findings.of_helpers(edited.helpers, files or {}),
        ),
        sites=findings.sites(index),
        edits=edited.edits,
        helpers=edited.helpers,
        created={**edited.created, **({module.path: module.text} if module else {})},
        needs=_needs(index, moving, declared, done, app_of, made, scheduled),
        worker=Command(worker.command(), dict(worker.env) | env) if worker is not None else None,
        celery_worker=commands.celery_worker(
            index, moving, app_of, settings, hidden=any(map(_declares_unseen, claims))
        ),
        scheduler=schedules.command(schedules.words(module, scheduled, moving), env),
        celery_scheduler=commands.celery_scheduler(
            index, app_of, settings, schedules.left(index, scheduled, moving)
        ),
        schedule=schedules.entries(scheduled, moving),
        broker=_broker(own, app_of, made),
        ties=tuple(frozenset(ties[name]) for name in sorted(ties)),
    )
    if dev_only:
        return plan
    worker = schedules.aimed(worker, index, scheduled, moving, app_of, context)
    answered = starts.outcomes(started, rules, worker, half=plan.celery_worker is not None)
    return texts.add(plan, rules, files or {}, answered, options.leave)


def _broker(
    moving: Sequence[Task], app_of: Mapping[str, App | None], made: Mapping[str, apps.Made]
) -> tuple[tuple[str, Code], ...]:
    """Return the arguments of `make_broker`."""
    app = next((app for task in moving if (app := app_of[task.id]) is not None), None)
    return tuple(made[app.id].arguments.items()) if app is not None else ()


def _decided(
    holds: Holds,
    claims: Sequence[Claim],
    app_of: Mapping[str, App | None],
    mentions: Sequence[tuple[str, bytes]],
    ties: Ties,
    scheduled: Sequence[schedules.Planned],
) -> tuple[dict[str, bool], tuple[AppPlan, ...], set[str]]:
    """Return whether each task moves, what becomes of the apps, and which of them go."""
    held = -1
    while held < (held := sum(bool(holds[task.id]) for task in holds.index.tasks)):
        wrappers.tie(holds)
        tie(holds, claims)
        hold_together(holds, ties)
    moving = {task.id: not holds[task.id] for task in holds.index.tasks}
    kept = schedules.staying(scheduled, moving)
    app_plans = apps.plans(holds.index, moving, claims, app_of, mentions, kept)
    if holds.options.dev_only:
        app_plans = tuple(replace(one, goes=False) for one in app_plans)
    return moving, app_plans, {plan.app.id for plan in app_plans if plan.goes}


def _context(index: Index, rules: Rules, options: Options) -> Context:
    tasks = {task.id: task for task in index.tasks}
    of_self: defaultdict[str, list[Use]] = defaultdict(list)
    for use in index.uses:
        if use.target.kind == "self" or use.of_its_own:
            of_self[use.target.name].append(use)

    def keywords(task: Task, args: Mapping[str, Arg]) -> tuple[Outcome, ...]:
        return _keywords(task, args, rules, context)

    context = Context(
        index, options, tasks, {task: tuple(uses) for task, uses in of_self.items()}, keywords
    )
    return context


def _keywords(
    task: Task, args: Mapping[str, Arg], rules: Rules, context: Context
) -> tuple[Outcome, ...]:
    given = bridged.keywords(args) if context.options.dev_only else args
    return claims_of.keywords(task, given, rules, context)


def _with_app(
    context: Context, claims: list[Claim], celerys: Index, rules: Rules
) -> tuple[Context, list[Claim]]:
    """Return the context with what the app's settings say, and the claims asked again with it.

    celerys: the index with Celery's own broker.
    """
    index = context.index
    ours = [app for app in index.apps if not app.test]
    if len(ours) != 1:
        return context, claims
    given = apps.settings(ours[0], index)
    queue = given.get("task_default_queue")

    def keywords(task: Task, args: Mapping[str, Arg]) -> tuple[Outcome, ...]:
        return _keywords(task, args, rules, fuller)

    fuller = replace(
        context,
        keywords=keywords,
        results=apps.has_results(ours[0], index),
        lost_results=apps.loses_results(ours[0], index),
        queue_prefix=apps.queue_prefix(apps.url_of(ours[0], index)),
        rabbitmq=bool(apps.queue_prefix(apps.url_of(ours[0], celerys))),
        default_queue=queue.literal if queue and isinstance(queue.literal, str) else "",
        routes=given.get("task_routes"),
        annotations=given.get("task_annotations"),
    )
    return fuller, [claim(one.use, rules, fuller) for one in claims]


def _made(index: Index, rules: Rules, context: Context) -> dict[str, apps.Made]:
    return {app.id: apps.make(app, index, rules, context) for app in index.apps if not app.test}


def _needs(
    index: Index,
    moving: Mapping[str, bool],
    declared: Mapping[str, Sequence[Outcome]],
    done: Sequence[Claim],
    app_of: Mapping[str, App | None],
    made: Mapping[str, apps.Made],
    scheduled: Sequence[schedules.Planned],
) -> tuple[Need, ...]:
    """Return Dramatiq, and what everything that is carried out needs."""
    tasks = [task for task in index.tasks if moving[task.id]]
    brokers = dict.fromkeys(app.id for task in tasks if (app := app_of[task.id]) is not None)
    if not brokers:
        return ()
    outcomes = [
        *(outcome for task in tasks for outcome in declared[task.id]),
        *(outcome for one in done for outcome in one.outcomes),
        *(outcome for app in brokers for outcome in made[app].answers),
        *(outcome for one in scheduled if one.moves(moving) for outcome in one.outcomes),
    ]
    every = [DRAMATIQ, *(need for outcome in outcomes for need in outcome.needs)]
    return tuple(dict.fromkeys(every))


def _declared_reasons(holds: Holds, declared: Mapping[str, Sequence[Outcome]]) -> None:
    for task in holds.index.tasks:
        for outcome in declared[task.id]:
            if outcome.row.action is Action.MANUAL and not outcome.harmless:
                holds.add(task, finding(outcome, task))


def _app_reasons(
    holds: Holds, app_of: Mapping[str, App | None], made: Mapping[str, apps.Made]
) -> None:
    for task in holds.index.tasks:
        app = app_of[task.id]
        for outcome in made[app.id].manual if app is not None and app.id in made else ():
            assert app is not None
            name = task.name or task.function
            place = outcome.at or app.place
            holds.add(task, Finding(outcome.row, place, Action.MANUAL, outcome.note, name))


def _cycle_reasons(
    holds: Holds, app_of: Mapping[str, App | None], made: Mapping[str, apps.Made]
) -> None:
    """Hold back tasks whose module would have to import the app's, which imports theirs."""
    for task in holds.index.tasks:
        app = app_of[task.id]
        if app is None or app.path not in holds.index.modules or task.path == app.path:
            continue
        if app.id in made and made[app.id].framework is not None:
            continue  # the app's module makes no broker
        if edits.imports_app(holds.index, task.path, app):
            continue
        if task.path in _imported_by(holds.index, app.path):
            holds.note(task, IMPORT_CYCLE, app.path)


def _imported_by(index: Index, path: str) -> set[str]:
    found: set[str] = set()
    stack = [path]
    while stack:
        module = index.modules.get(stack.pop())
        for imported in module.imports if module is not None else ():
            if imported not in found:
                found.add(imported)
                stack.append(imported)
    return found


def _moves(
    one: Claim, moving: Mapping[str, bool], going: set[str], index: Index, ties: Ties
) -> bool:
    """Tell whether a use is rewritten."""
    use = one.use
    if one.manual is not None:
        return False
    if _is_beside(one):
        return any(moving.values())
    kind = use.target.kind
    if kind in OF_TASKS:
        return moving[use.target.name]
    together = list(tied(one, ties))
    if together:
        return all(moving[task] for task in together)
    if kind == "app":
        called = [moving[task.id] for task in index.tasks if _sends(one, task)]
        return all(called) if called else use.target.name in going
    if kind == "module":
        return False
    if use.owner is not None:
        return moving[use.owner]
    own = [moving[task.id] for task in index.tasks if task.path == use.place.path]
    return all(own) if own else bool(moving) and all(moving.values())


def _is_beside(one: Claim) -> bool:
    """Tell whether a use is carried out as soon as any task moves."""
    beside = any(outcome.beside for outcome in one.outcomes)
    return beside and one.manual is None and not one.use.test


def _aside(one: Claim) -> Claim:
    """Return a use as it is carried out beside Celery's."""
    outcomes = (replace(o, specs=o.beside) if o.beside else o for o in one.outcomes)
    return replace(one, outcomes=tuple(outcomes))


def _sends(one: Claim, task: Task) -> bool:
    return any(outcome.task == task.id for outcome in one.outcomes)


def _declares_unseen(one: Claim) -> bool:
    """Tell whether a use declares tasks that are not in the index: `shared_task(...)(f)`."""
    use = one.use
    by_app = use.target.kind == "app" and use.shape.startswith((".task()", ".register_task()"))
    declares = use.target.name == "celery.shared_task" or by_app
    return declares and one.manual is not None and not use.test
