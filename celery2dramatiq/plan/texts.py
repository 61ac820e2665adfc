"""What becomes of the project's other files: requirements, start commands and the like."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from celery2dramatiq.codemod import Rules, TextOutcome, TextRule
from celery2dramatiq.dependencies.choose import choose
from celery2dramatiq.dependencies.read import read, required
from celery2dramatiq.index import FileRecord, Place
from celery2dramatiq.mapping import LEFT_ALONE, Action
from celery2dramatiq.plan.left import celery_left
from celery2dramatiq.plan.model import Finding, Plan
from celery2dramatiq.plan.needs import settled
from celery2dramatiq.specs import Splice, TextEdit

if TYPE_CHECKING:
    from celery2dramatiq.files import Source


def add(
    plan: Plan,
    rules: Rules,
    files: Mapping[str, Source],
    others: Iterable[TextOutcome] = (),
    leave: Iterable[str] = (),
) -> Plan:
    """Return the plan with what the rules for project files say, and splice.

    others: what else was answered about these files. leave: those that are not edited.
    """
    plan = _with_dependencies(plan, files)
    answers = [(one, files[one.path]) for one in (*_answers(plan, rules, files), *others)]
    modules = {edit.path for edit in plan.edits}  # edited by LibCST, whose places would be moved
    left = set(leave)
    found = [_finding(one, source, modules, left) for one, source in answers if not one.unreadable]
    findings = dict.fromkeys([*plan.findings, *found])
    return replace(
        plan,
        findings=tuple(sorted(findings, key=lambda f: (f.place, f.row.code, f.note, f.task))),
        text_edits=tuple(_edits((one for one, _ in answers), modules | left)),
        unparsed=tuple(_unparsed(answers)),
    )


def _with_dependencies(plan: Plan, files: Mapping[str, Source]) -> Plan:
    listings, _ = read(files)
    needs = settled(plan.needs, set(required(listings)))
    left = celery_left(plan, files)
    return replace(plan, dependencies=choose(needs, files, listings), celery_left=left)


def _answers(plan: Plan, rules: Rules, files: Mapping[str, Source]) -> Iterator[TextOutcome]:
    asked: dict[int, TextRule] = {id(rule): rule for rule in rules.texts.values()}
    for rule in asked.values():
        own = {path: source for path, source in files.items() if rule.reads(path)}
        yield from rule.answer(own, plan)


def _finding(one: TextOutcome, source: Source, modules: set[str], left: set[str]) -> Finding:
    if one.splices and one.path in left:
        here = place(source, one.start, one.end)
        return Finding(LEFT_ALONE, here, Action.MANUAL, one.row.celery)
    held = bool(one.splices) and one.path in modules
    action = Action.MANUAL if held else one.row.action
    return Finding(one.row, place(source, one.start, one.end), action, one.note)


def _edits(answers: Iterable[TextOutcome], modules: set[str]) -> Iterator[TextEdit]:
    splices: defaultdict[str, dict[Splice, None]] = defaultdict(dict)
    for one in answers:
        if one.splices and one.path not in modules:
            splices[one.path].update(dict.fromkeys(one.splices))
    for path in sorted(splices):
        ordered = sorted(splices[path], key=lambda splice: (splice.start, splice.end))
        yield TextEdit(path, tuple(ordered))


def _unparsed(answers: Iterable[tuple[TextOutcome, Source]]) -> Iterator[FileRecord]:
    """Yield each file that could not be parsed once."""
    found: dict[str, FileRecord] = {}
    for one, source in answers:
        if one.unreadable:
            line = place(source, one.start, one.end).line
            celery = "celery" in source.text.lower()
            found.setdefault(one.path, FileRecord(one.path, "unreadable", one.note, line, celery))
    yield from found.values()


def place(source: Source, start: int, end: int) -> Place:
    """Return the place of a file's characters `start` to `end`."""
    before = source.text[:start]
    first = len(before.encode("utf-8", "surrogatepass"))
    last = first + len(source.text[start:end].encode("utf-8", "surrogatepass"))
    lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return Place(source.path, first, last, len(lines), len(lines[-1]) + 1)
