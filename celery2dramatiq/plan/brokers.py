"""The broker of what moves, where the user chose another one than Celery's.

The index then says what it would say if the app had that broker's URL, so that every rule, the
requirements and the names of the queues follow from it as they do from Celery's own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from celery2dramatiq.index import App, Arg, Index, Reading
from celery2dramatiq.index.configuration import Configuration, Setting
from celery2dramatiq.plan.apps import url_of
from celery2dramatiq.templates import choices

if TYPE_CHECKING:
    from celery2dramatiq.files import Source

CELERYS = "same"
VARIABLE = "DRAMATIQ_BROKER_URL"
# By what the user calls it: a URL of that broker on this machine.
URLS = {
    "redis": "redis://localhost:6379/0",
    "rabbitmq": "amqp://guest:guest@localhost:5672//",
    "sqs": "sqs://",
}
_MADE = re.compile(rb"(?<!def )\bmake_broker\((?!\))")  # a call that gives something
_READING = Reading("os.environ", VARIABLE, item=True, module="os")
# What is about Celery's broker alone (Celery's documentation, Configuration, Broker Settings).
_CELERYS_OWN = frozenset((
    "broker_failover_strategy", "broker_host", "broker_login_method", "broker_password",
    "broker_port", "broker_read_url", "broker_transport", "broker_transport_options",
    "broker_use_ssl", "broker_user", "broker_vhost", "broker_write_url",
))  # fmt: skip


def _is_other(app: App, index: Index, broker: str) -> bool:
    """Tell whether an app's broker is not, or not for certain, of the kind that was chosen."""
    if broker == CELERYS:
        return False
    scheme = (url_of(app, index) or "").partition("://")[0]
    return _kind(scheme) != _kind(URLS[broker].partition("://")[0])


def _kind(scheme: str) -> str:
    """Return the part of `make_broker` that makes such a broker; Sentinel is Redis, too."""
    part = choices("_BROKERS").get(scheme, "")
    return "_redis_broker" if part == "_sentinel_broker" else part


def others(index: Index, broker: str) -> frozenset[str]:
    """Return the ids of the apps whose tasks move to another broker than their own."""
    apps = (app for app in index.apps if not app.test)
    return frozenset(app.id for app in apps if _is_other(app, index, broker))


def chosen(index: Index, apps: Collection[str], broker: str) -> Index:
    """Return the index as if these apps had the broker that was chosen."""
    changed = {
        app.id: _with_url(index.configurations[app.id], app, URLS[broker])
        for app in index.apps
        if app.id in apps
    }
    return replace(index, configurations={**index.configurations, **changed})


def variables(apps: Collection[str], broker: str) -> dict[str, str]:
    """Return what the environment of the migrated programs needs besides, if these apps do."""
    return {VARIABLE: URLS[broker]} if apps else {}


def made(files: Iterable[Source]) -> frozenset[str]:
    """Return whose URL the brokers have that an earlier run made: `celery`, `other`."""
    ours = (file.data for file in files if b"dramatiq_helpers" in file.data)
    found = (data for data in ours if _MADE.search(data) is not None)
    return frozenset("other" if b"own_url=True" in data else "celery" for data in found)


def _with_url(configuration: Configuration, app: App, url: str) -> Configuration:
    """Return it with that URL wherever the broker's stands, so that each statement stays known."""
    value = Arg("broker_url", "", app.place, "", literal=url, reading=_READING)
    everywhere = configuration.environments
    made = Setting(
        "broker_url", "broker_url", "new", "conf", value, app.place, _READING,
        environments=everywhere,
    )  # fmt: skip
    settings = [_replaced(one, made) for one in configuration.settings]
    if not any(one.name == made.name and not one.inert for one in settings):
        settings.append(made)
    return replace(configuration, settings=tuple(settings))


def _replaced(one: Setting, made: Setting) -> Setting:
    """Return a setting that is about Celery's broker as if it was not set: None is its default."""
    if one.inert or one.name not in (*_CELERYS_OWN, "broker_url"):
        return one
    if one.name == "broker_url":
        value = replace(made.value, place=one.value.place)
        return replace(made, value=value, statement=one.statement)
    value = replace(one.value, literal=None, code="None", reading=None, several=False)
    return replace(one, value=value, reading=None)
