"""One check: the child processes that it needs, and what comes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from celery2dramatiq.configuration import options
from celery2dramatiq.project import make_index, open_project
from celery2dramatiq.verify import command as commands
from celery2dramatiq.verify import compare, process, schedule
from celery2dramatiq.verify.finding import Finding
from celery2dramatiq.verify.interpreter import Interpreter
from celery2dramatiq.verify.inventory import Entry, Inventory
from celery2dramatiq.verify.process import Event, Told


class CheckFailed(Exception):
    """Why nothing can be said; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Check:
    """What was checked, with what, and what was found.

    python, dramatiq: versions, "" if no process was needed. celery: the tasks that are Celery's
    still. broker, middleware: of the worker.
    """

    inventory: Inventory
    interpreter: Interpreter
    command: str
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    celery: frozenset[str]
    python: str = ""
    dramatiq: str = ""
    broker: str = ""
    middleware: tuple[str, ...] = ()
    schedule: tuple[schedule.Row, ...] = ()

    def status(self, task: Entry) -> str:
        """Return `differs`, `celery` for a task that stays there, `unknown`, or `agrees`."""
        if any(task.name in finding.tasks for finding in self.findings):
            return "differs"
        if task.name in self.celery:
            return "celery"
        return "agrees" if task.named else "unknown"


@dataclass(frozen=True, slots=True)
class Child:
    """How the project's code is run. timeout: seconds, of each process."""

    interpreter: Interpreter
    root: Path
    env: Mapping[str, str]
    timeout: float
    network: bool

    def do(self, stage: str, env: Mapping[str, str] = {}, **job: Any) -> Told:
        """Have a job done. Raises CheckFailed if it does not come to its end."""
        whole = {"stage": stage, "network": self.network, **job}
        try:
            told = process.run(
                self.interpreter.path, self.root, whole, {**self.env, **env}, self.timeout
            )
        except OSError as error:
            raise CheckFailed(f"{self.interpreter.path} cannot be started: {error}") from error
        bug = told.last("bug")
        if bug is not None:
            raise RuntimeError(f"in the child process:\n{bug['trace']}")
        problem = _problem(told, self)
        if problem:
            raise CheckFailed("\n".join(part for part in (problem, told.output) if part))
        return told


def _problem(told: Told, child: Child) -> str:
    """Say why what the child has told is not the whole answer; "" if it is."""
    missing = told.last("no-dramatiq")
    if missing is not None:
        return (
            f"Dramatiq cannot be imported by {child.interpreter.path} "
            f"({child.interpreter.why}): {missing['failure']['message']}\n"
            "Install it there, or choose the project's interpreter with --python."
        )
    if told.end == "end":
        return ""
    at = _where(told)
    if told.end == "timeout":
        return f"{at} had not ended after {child.timeout:g} s (--timeout); it said:"
    return f"{at} ended the process ({_exit(told.code)}); it said:"


def _where(told: Told) -> str:
    last = next((e for e in reversed(told.events) if e["event"] in ("importing", "late")), None)
    return f"importing {last['module']}" if last is not None else "starting the interpreter"


def _exit(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def check(
    root: Path,
    inventory: Inventory,
    interpreter: Interpreter,
    command: str | None,
    *,
    timeout: float,
    network: bool,
) -> Check:
    """Import the project and compare. Raises CheckFailed, and command.BadCommand.

    command: the worker's; by default the one in the inventory. timeout: seconds.
    """
    celery = _celery_tasks(root)
    findings = list(compare.unmoved(inventory, celery))
    notes = list(_schedule(inventory))
    rows: tuple[schedule.Row, ...] = ()
    given = command or (inventory.worker or {}).get("command") or ""
    env = {} if command else dict((inventory.worker or {}).get("env", {}))
    child = Child(interpreter, root, env, timeout, network)
    told = None
    if any(task.name not in celery for task in inventory.tasks):
        told = _dramatiq(child, inventory, celery, given)
        compared = compare.workers(inventory, celery, told, root, given)
        findings += compared.findings
        notes += compared.notes
        due = _scheduler(child, inventory, celery)
        findings += due.findings
        notes += due.notes
        rows = due.rows
    findings += _celery(child, inventory, celery)
    worker = told.last("worker") if told is not None else None
    brokers = worker["brokers"] if worker is not None else ()
    own = brokers[worker["broker"]] if worker is not None and worker["broker"] is not None else {}
    return Check(
        inventory=inventory,
        interpreter=interpreter,
        command=given,
        findings=tuple(findings),
        notes=tuple(notes),
        celery=frozenset(celery),
        python=_version(told, "start", "python"),
        dramatiq=_version(told, "dramatiq", "version"),
        broker=str(own.get("class", "")),
        middleware=tuple(own.get("middleware", ())),
        schedule=rows,
    )


def _version(told: Told | None, kind: str, key: str) -> str:
    event = told.last(kind) if told is not None else None
    return str(event[key]) if event is not None else ""


def _celery_tasks(root: Path) -> dict[str, tuple[str, int]]:
    """Return the names of the tasks that the project declares now, with their places."""
    chosen = options(root)
    index = make_index(open_project(root, chosen.exclude), chosen)
    return {
        task.name or task.function: (task.path, task.decorator.line)
        for task in index.tasks
        if not task.test
    }


def _schedule(inventory: Inventory) -> list[str]:
    """Say which entries are with Celery's beat, where nothing changes."""
    kept = [str(entry["name"]) for entry in inventory.entries if not entry["trigger"]]
    if kept:
        return [f"not compared, as Celery's beat keeps them: {', '.join(kept)}"]
    unknown = inventory.schedule and not inventory.entries
    return ["schedules are not compared: their entries are not known"] if unknown else []


def _scheduler(child: Child, inventory: Inventory, celery: compare.Places) -> schedule.Compared:
    """Import what the scheduler runs, and compare when its jobs are due."""
    command = (inventory.scheduler or {}).get("command") or ""
    moved = [one for one in inventory.entries if one["trigger"] and one["task"] not in celery]
    if not moved or not command:
        return schedule.Compared((), (), ())
    folder, module = schedule.module_of(command)
    begin = schedule.starts(moved, datetime.now(timezone.utc))
    told = child.do(
        "schedule",
        folder=folder,
        module=module,
        manage=schedule.manage_of(command),
        entries=moved,
        starts=begin,
        firings=schedule.FIRINGS,
    )
    index = make_index(open_project(child.root), options(child.root))
    kept = {entry.name: entry.place.line for entry in index.entries}
    return schedule.compare(moved, kept, told, begin, child.root)


def _dramatiq(child: Child, inventory: Inventory, celery: compare.Places, command: str) -> Told:
    """Import what the worker of that command imports; Django's is asked first what that is."""
    if not command:
        raise CheckFailed(
            "it is not known how the worker is started: say it with "
            "--worker 'dramatiq MODULE ...' or --worker 'python manage.py rundramatiq'"
        )
    start = commands.worker(command)
    tasks = [
        {"name": task.name, "module": task.module, "path": task.path}
        for task in inventory.tasks
        if task.name not in celery
    ]
    env, args = dict(start.env), list(start.args)
    before: tuple[Event, ...] = ()
    if start.stage == "manage":
        told = child.do("manage", env, program=start.program, args=args)
        ready = told.last("command")
        if ready is None:
            return told
        env, args, before = {**env, **ready["env"]}, ready["args"], told.events
    told = child.do("worker", env, args=args, tasks=tasks)
    return Told((*before, *told.events), told.end, told.code, told.output)


def _celery(child: Child, inventory: Inventory, celery: compare.Places) -> list[Finding]:
    """Import what the Celery worker of the tasks that stay imports."""
    staying = any(task.name in celery for task in inventory.tasks)
    command = (inventory.celery_worker or {}).get("command") or ""
    start = commands.celery(command) if staying and command else None
    if start is None:
        return []
    told = child.do("celery", app=start.app, workdir=start.workdir, args=list(start.args))
    return compare.celery_worker(inventory, celery, told, child.root)
