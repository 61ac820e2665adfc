"""The form of `--dev-only` that rewrites the code: Dramatiq's words, on Celery where it is off."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING

from celery2dramatiq.codemod import BRIDGE, HELPERS
from celery2dramatiq.development import undo
from celery2dramatiq.development.app import package_of, scheme_of, the_app, workers_options
from celery2dramatiq.development.model import BRIDGED, Carrying
from celery2dramatiq.development.requirements import Required, require
from celery2dramatiq.development.switch import Switched, in_settings
from celery2dramatiq.development.taking_out import (
    Texts,
    changes,
    check_free,
    taken_out,
    with_texts,
)
from celery2dramatiq.draft import Wrong, carry_out
from celery2dramatiq.files import Change, Refused, Source, decode, decode_text
from celery2dramatiq.plan import Command
from celery2dramatiq.plan.edits import beside_app
from celery2dramatiq.specs import Text

if TYPE_CHECKING:
    from celery2dramatiq.codemod import Options
    from celery2dramatiq.index import App, Index
    from celery2dramatiq.plan import Plan
    from celery2dramatiq.project import Project

_CONF = {
    "max_priority": "task_queue_max_priority",
    "results": "result_backend",
    "url": "broker_url",
}
_BROKERS = ("dramatiq", "dramatiq-sqs")  # packages that the broker's URL asks for
_OF_CELERY = ("broker_", "redis_", "result_", "task_")  # how settings begin that keep their names
_SWITCH = f'''\
import os


def is_on():
    """Tell whether this process runs on Dramatiq: one answer for all of it."""
    return os.environ.get("{BRIDGED}") == "1"
'''
_DJANGO_SWITCH = f'''\

def is_on():
    """Tell whether this process runs on Dramatiq: one answer for all of it."""
    from django.conf import settings

    return getattr(settings, "{BRIDGED}", False)
'''
_PROJECT = '''\
{switch}

def prepare():
    """Do what a worker has to do before it imports the tasks."""
    {prepare}


def celery_app():
    """Return Celery's app."""
    from {module} import {app}

    return {app}


def make(conf):
    """Return Dramatiq's broker, from Celery's configuration."""
    from {package}{helpers} import make_broker

    return make_broker(
{arguments}    )


ON = is_on()
SWITCH = "{how}"
'''
_IMPORTS = """\
    from {package}{helpers} import (  # noqa: F401
{names}    )
"""
# What may use the broker before any actor is declared.
_FUNCTION = '''
    _{name} = {name}

    def {name}(*args, **options):
        """Do as the helper, with the broker made before."""
        _made()
        return _{name}(*args, **options)
'''
_CLASS = '''
    _{name} = {name}

    class {name}(_{name}):
        """The helper's, with the broker made before."""

        def __init__(self, *args, **options):
            _made()
            super().__init__(*args, **options)
'''
_FIRST = {
    "Signature": _FUNCTION,
    "TaskResult": _CLASS,
    "revoke": _FUNCTION,
    "send_task": _FUNCTION,
}


def bridge(project: Project, options: Options, settings: Sequence[str] = ()) -> Carrying:
    """Return what makes the code run on Dramatiq in development; no change if it does already.

    settings: Django's settings modules for development, dotted names; found without any.
    Raises files.Refused, and draft.Wrong where we made a mistake.
    """
    if options.time_limit != "keep":
        raise Refused("--time-limit is for a whole migration: here the limits are Celery's")
    removed = taken_out(project)
    bare = with_texts(project, removed)
    draft = carry_out(bare, replace(options, dev_only=True))
    plan, app = draft.plan, the_app(draft.plan.index)
    scheme = scheme_of(plan.index, app)
    _check(plan, app)
    texts: Texts = dict(_texts(bare, draft.changes))
    switched = _switched(with_texts(bare, texts), plan.index, app, settings)
    more = [need for need in plan.needs if need.package not in _BROKERS]
    needed = require({**bare.sources, **bare.texts}, scheme, more)
    _check_settings(plan, texts, switched)
    plan = _with_switch(plan, switched.env)
    texts |= switched.texts | ({needed.path: needed.text} if needed.path else {})
    beside = beside_app(app, BRIDGE)
    noted = _noted(bare, texts)
    written: Texts = {beside: module(plan, app), undo.patch_beside(beside): noted}
    check_free(bare, written)
    return Carrying(
        tuple(changes(project, removed | texts | written)),
        _worker(bare, plan, app, switched.env),
        None,
        switched.settings,
        switched.evidence,
        needed.requirements,
        tuple(_by_hand(needed, plan)),
        plan,
    )


def _check(plan: Plan, app: App) -> None:
    """Raise files.Refused where there is nothing to be done, or it is done already."""
    if plan.index.modules[app.path].broker:
        raise Refused(f"{app.path} makes a Dramatiq broker already: --dev-only comes too late")
    if not plan.moving:
        reasons = dict.fromkeys(one.text for task in plan.tasks for one in task.held_by)
        said = "; ".join(reasons) or "there is none"
        raise Refused(f"no task can run on both systems: {said}. There is --keep-source, too")


def _check_settings(plan: Plan, texts: Texts, switched: Switched) -> None:
    """Raise files.Refused where settings of another environment would change."""
    settings = plan.index.django.settings if plan.index.django is not None else ()
    for path in sorted((set(settings) & texts.keys()) - switched.texts.keys()):
        raise Refused(f"{path} uses a task, and is not development's alone: nothing may change it")


def _texts(bare: Project, made: Iterable[Change]) -> Iterator[tuple[str, str]]:
    for change in made:
        assert change.after is not None  # nothing is deleted
        decoder = decode_text if change.path in bare.texts else decode
        source = decoder(change.path, change.after)
        assert isinstance(source, Source)  # it was just encoded
        yield change.path, source.text


def _noted(bare: Project, texts: Texts) -> str:
    """Return the patch of what is changed, and make sure that it can be undone. Raises Wrong."""
    present = bare.sources | bare.texts
    made = []
    for path, text in sorted(texts.items()):
        source = present.get(path)
        assert text is not None  # nothing is deleted
        after = source.encode(text) if source is not None else text.encode()
        made.append(Change(path, source.data if source is not None else None, after))
    patch = undo.patch(made)
    for change in made:
        if undo.one_before(patch, change.path, change.after) != change.before:
            raise Wrong(f"{change.path}: what is changed could not be undone")
    return patch


# -- the switch


def _switched(project: Project, index: Index, app: App, settings: Sequence[str]) -> Switched:
    if index.django is None:
        return Switched({}, {BRIDGED: "1"})
    return in_settings(project, index, app, lambda _path, _text: [f"{BRIDGED} = True"], settings)


# -- the bridge


def module(plan: Plan, app: App) -> str:
    """Return the text of the bridge. Raises files.Refused."""
    django = plan.index.django is not None
    text = files("celery2dramatiq.templates").joinpath(f"{BRIDGE}.txt").read_text("utf-8")
    dot = "." if package_of(plan.index, app) else ""
    lines = [f"        {one},\n" for one in _arguments(plan)]
    own = _PROJECT.format(
        switch=_DJANGO_SWITCH if django else _SWITCH,
        prepare="import django\n\n    django.setup()" if django else "return None",
        module=plan.index.modules[app.path].name,
        app=app.variable,
        package=dot,
        helpers=HELPERS,
        arguments="".join(lines),
        how=f"use settings with {BRIDGED} = True" if django else f"set {BRIDGED}=1",
    )
    names = [name for name in plan.helpers[beside_app(app, HELPERS)] if name[:1] != "_"]
    used = [name for name in names if name != "make_broker"]
    return text.replace("@@PROJECT@@\n", own).replace("@@HELPERS@@\n", _helpers(used, dot))


def _helpers(used: Sequence[str], dot: str) -> str:
    """Return what imports the helpers where the bridge is on.

    In the branch itself, so that no linter takes what the other defines for a second definition.
    """
    if not used:
        return ""
    listed = "".join(f"        {one},\n" for one in sorted(used))
    text = _IMPORTS.format(package=dot, helpers=HELPERS, names=listed)
    first = "".join(_FIRST[name].format(name=name) for name in used if name in _FIRST)
    return f"{text}{first}\n"


def _arguments(plan: Plan) -> Iterator[str]:
    """Yield the arguments of `make_broker`: what the rules hand to it, from the configuration."""
    for name, code in plan.broker:
        if name == "url":
            yield "conf.broker_url"
        elif name in _CONF or name.startswith(_OF_CELERY):
            yield f"{name}=conf.{_CONF.get(name, name)}"
        else:
            assert isinstance(code, Text)  # written out: it is no setting of Celery's
            yield f"{name}={code.code}"


# -- what is said


def _worker(bare: Project, plan: Plan, app: App, env: Mapping[str, str]) -> Command:
    """Return the command of the worker, whose broker the bridge has; it ends where that is off."""
    assert plan.worker is not None  # a task moves, and the app is known
    package = package_of(plan.index, app)
    program, *words = shlex.split(plan.worker.command)
    broker = f"{package}.{BRIDGE}:broker" if package else f"{BRIDGE}:broker"
    numbers, *_ = workers_options(bare)
    more = ["--processes", *numbers] if len(numbers) == 1 and "--processes" not in words else []
    return Command(shlex.join([program, broker, *words, *more]), env)


def _with_switch(plan: Plan, env: Mapping[str, str]) -> Plan:
    """Return the plan whose Celery worker, too, sends the others to Dramatiq."""
    worker = plan.celery_worker
    if worker is None:
        return plan
    return replace(plan, celery_worker=replace(worker, env={**worker.env, **env}))


def _by_hand(needed: Required, plan: Plan) -> Iterator[str]:
    if needed.by_hand:
        yield needed.by_hand
    if plan.celery_worker is not None:
        env = " ".join(f"{name}={value}" for name, value in plan.celery_worker.env.items())
        yield f"start `{env} {plan.celery_worker.command}`, too, for the tasks that stay on Celery"
    if plan.index.entries:
        yield "the schedule is not run on Dramatiq: in development nothing sends its tasks"
    yield "start this worker in development, where the switch is on"
