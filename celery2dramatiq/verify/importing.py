"""Findings about modules: what cannot be imported, and what is imported in a wrong way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from celery2dramatiq.verify.finding import Finding, place, relative, said
from celery2dramatiq.verify.inventory import Entry
from celery2dramatiq.verify.process import Event, Told


def failed(told: Told, tasks: Sequence[Entry], root: Path) -> Iterator[Finding]:
    """Yield a finding for each module that could not be imported."""
    groups: dict[tuple[str, int | None, str], list[Event]] = {}
    for event in (*told.all("failed"), *told.all("late-failed")):
        reason = (*place(root, event["failure"]), said(event["failure"]))
        groups.setdefault(reason, []).append(event)
    for (path, line, text), events in groups.items():
        modules = tuple(dict.fromkeys(str(event["module"]) for event in events))
        plain = {module.partition(":")[0] for module in modules}
        concerned = tuple(task.name for task in tasks if task.module in plain)
        failure = events[0]["failure"]
        yield (
            _taken(failure, root, concerned)
            if failure["actor"] is not None
            else Finding(
                "not-importable",
                f"{', '.join(modules)} cannot be imported: {text}",
                _way_out(failure, told),
                concerned,
                path,
                line,
                tuple(failure["traceback"]),
            )
        )


def refused(told: Told) -> str:
    """Return the way out where a connection was refused before it failed; "" if none was."""
    event = told.last("refused")
    if event is None:
        return ""
    return (
        f"verify opens no connection, as here to {event['address']}: connect where it is needed, "
        "not while importing; or check with --allow-network"
    )


def _way_out(failure: Event, told: Told) -> str:
    text = str(failure["message"])
    if "onnect" in f"{failure['type']} {text}" and refused(told):
        return refused(told)
    if "actor options are undefined" in text:
        return "add the middleware that knows the option to the broker, before the actors"
    if failure["type"] == "SystemExit":
        return "do not exit while importing: put it under `if __name__ == '__main__':`"
    if failure["missing"] is not None:
        return (
            f"install what provides {failure['missing']}, or choose another interpreter with "
            "--python; a module of the project's own needs its folder in the worker's --path"
        )
    return "mend the error; the worker would end with it"


def _taken(failure: Event, root: Path, tasks: tuple[str, ...]) -> Finding:
    """Tell two actors of one name from one actor whose module is imported under two names."""
    actor = failure["actor"]
    here, there = actor["here"], actor["there"]
    where = f"{relative(root, there['path'])}:{there['line']}"
    path, line = relative(root, here["path"]), here["line"]
    tasks = tuple(dict.fromkeys([*tasks, actor["name"]]))
    if (here["path"], here["line"]) == (there["path"], there["line"]):
        return Finding(
            "two-names",
            f"{path} is imported under two names, {there['module']} and {here['module']}, and "
            f"declares its actor {actor['name']} twice",
            "import it by one name everywhere; a folder and its parent are both in the import path",
            tasks,
            path,
            line,
        )
    return Finding(
        "name-taken",
        f"two actors have the name {actor['name']}: the other one is at {where}",
        "give one of them another actor_name",
        tasks,
        path,
        line,
    )


def entry(told: Told, root: Path) -> Iterator[Finding]:
    """Yield a finding if nothing that the worker imports declares an actor."""
    worker = told.last("worker")
    if worker is None or worker["actors"] or told.all("failed"):
        return
    modules = [str(event["module"]) for event in told.all("imported")]
    yield Finding(
        "idle-entry",
        f"the worker imports {', '.join(modules)}, and no actor is declared there or in what is "
        "imported from there: it would start, say it is ready, and consume nothing",
        "name the modules with the actors in the worker's command, or import them in its module",
        path=relative(root, str(told.all("imported")[0]["path"])),
        line=1,
    )


def manage(told: Told, root: Path) -> Iterator[Finding]:
    """Yield a finding if `rundramatiq` did not get as far as the workers."""
    event = told.last("manage-failed")
    if event is None:
        return
    failure = event["failure"]
    trace = tuple(told.output.splitlines())
    if failure is None:
        text, path, line = "it ended without starting any", "", None
    else:
        text, (path, line) = said(failure), place(root, failure)
        trace = trace if failure["type"] == "SystemExit" else tuple(failure["traceback"])
    yield Finding(
        "rundramatiq",
        f"rundramatiq does not start the workers: {text}",
        "see that django_dramatiq is in INSTALLED_APPS, and that `manage.py check` succeeds",
        path=path,
        line=line,
        trace=trace,
    )


def usage(told: Told, command: str) -> Iterator[Finding]:
    """Yield a finding if the installed Dramatiq does not take the worker's command."""
    if told.all("usage"):
        yield Finding(
            "command",
            f"this version of Dramatiq does not take `{command}`",
            "correct the command, or install the Dramatiq that it is for",
            trace=tuple(told.output.splitlines()),
        )
