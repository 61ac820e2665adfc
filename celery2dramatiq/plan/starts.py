"""What becomes of the places in the project's files that start Celery."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from celery2dramatiq.codemod import CommandOutcome, Rules, TextOutcome
from celery2dramatiq.commands import edit
from celery2dramatiq.commands.find import Mention, Start
from celery2dramatiq.commands.find import find as find_in
from celery2dramatiq.commands.shell import Form
from celery2dramatiq.mapping import Action
from celery2dramatiq.plan.model import Finding
from celery2dramatiq.plan.texts import place

if TYPE_CHECKING:
    from celery2dramatiq.commands.options import Call, Option
    from celery2dramatiq.commands.shell import Word
    from celery2dramatiq.commands.target import Target
    from celery2dramatiq.files import Source
    from celery2dramatiq.plan.holds import Holds
    from celery2dramatiq.specs import Splice

_COMMANDS = {
    "beat": "beat", "multi": "multi", "": "not understood",
    "flower": "flower or events", "events": "flower or events",
    "inspect": "inspect, status or control", "status": "inspect, status or control",
    "control": "inspect, status or control",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A place that starts Celery, or may do so, with its file."""

    source: Source
    one: Start | Mention


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a rule says about an option, None for the command itself."""

    option: Option | None
    outcome: CommandOutcome

    @property
    def refused(self) -> bool:
        return self.outcome.row.action is Action.MANUAL


def find(files: Mapping[str, Source]) -> tuple[Found, ...]:
    """Return every place in the files, in their order."""
    return tuple(
        Found(source, one)
        for path, source in sorted(files.items())
        for one in find_in(path, source.text)
    )


def reasons(holds: Holds, found: Iterable[Found], rules: Rules, target: Target | None) -> None:
    """Hold back every task where what starts its worker cannot be moved."""
    for one in found if target is not None else ():
        assert target is not None
        for answer in _answers(one.one, rules, target):
            if answer.refused and not answer.outcome.harmless:
                outcome = answer.outcome
                where = place(one.source, *_place(one.one, answer.option))
                for task in holds.index.tasks:
                    if not task.test:
                        name = task.name or task.function
                        reason = Finding(outcome.row, where, Action.MANUAL, outcome.note, name)
                        holds.add(task, reason)


def outcomes(
    found: Iterable[Found], rules: Rules, target: Target | None, *, half: bool
) -> Iterator[TextOutcome]:
    """Yield what is said about each place once tasks move.

    target: None if no task moves. half: other tasks stay on Celery, and so does what starts it.
    """
    for one in found if target is not None else ():
        assert target is not None
        answers = _answers(one.one, rules, target, half=half)
        splices = tuple(_splices(one, answers)) if not half or _is_beat(one.one) else ()
        for number, answer in enumerate(answers):
            row, note = answer.outcome.row, answer.outcome.note
            start, end = _place(one.one, answer.option)
            own = splices if number == 0 else ()
            yield TextOutcome(row, one.one.path, start, end, note, own)


def _is_beat(one: Start | Mention) -> bool:
    """Tell whether it is a scheduler, which may go although tasks stay."""
    return isinstance(one, Start) and one.call.command == "beat"


def _place(one: Start | Mention, option: Option | None) -> tuple[int, int]:
    if option is None:
        return one.start, one.end
    return option.words[0].start, option.words[-1].end


# -- asking


def _answers(
    one: Start | Mention, rules: Rules, target: Target, *, half: bool = False
) -> tuple[_Answer, ...]:
    if isinstance(one, Mention):
        if half and one.kind != "not understood":
            return ()  # it is as it was for the tasks that stay
        return tuple(_about(rules, one.kind, one, target))
    call = one.call
    if not call.launch.named or not (call.launch.sure or call.option("--app")):
        return tuple(_about(rules, "not understood", call, target))
    if call.command == "worker":
        return tuple(_of_worker(rules, call, target, half=half))
    if call.command == "beat" and (not half or target.periodic):
        return tuple(_of_beat(rules, call, target))
    if half:
        return ()  # it does what it did for the tasks that stay
    return tuple(_about(rules, _COMMANDS.get(call.command, "any other command"), call, target))


def _of_worker(rules: Rules, call: Call, target: Target, *, half: bool) -> Iterator[_Answer]:
    app = call.option("--app")
    if app is None or app.computed:
        yield from _about(rules, "worker without its app", call, target)
        return
    seen = target.seen_from(app.value or "")
    if seen is None:
        yield from _ask(rules, "worker of another app", "", app, call, target)
    elif half:
        yield from _about(rules, "worker of both", call, target)
    else:
        yield from _about(rules, "worker", call, seen)
        for option in call.options:
            yield from _ask(rules, "worker", option.name or "*", option, call, seen)


def _of_beat(rules: Rules, call: Call, target: Target) -> Iterator[_Answer]:
    app = call.option("--app")
    seen = target.seen_from((app.value or "") if app is not None and not app.computed else "")
    if seen is None:
        yield from _about(rules, "beat", call, replace(target, periodic=()))
        return
    yield from _about(rules, "beat", call, seen)
    for option in call.options if target.periodic and not target.beat else ():
        yield from _ask(rules, "beat", option.name or "*", option, call, seen)


def _about(rules: Rules, command: str, call: Call | Mention, target: Target) -> Iterator[_Answer]:
    return _ask(rules, command, "", None, call, target)


def _ask(
    rules: Rules,
    command: str,
    name: str,
    option: Option | None,
    call: Call | Mention,
    target: Target,
) -> Iterator[_Answer]:
    rule = rules.commands.get((command, name)) or rules.commands.get((command, "*"))
    for outcome in rule.answer(option, call, target) if rule is not None else ():  # type: ignore[arg-type]
        note = outcome.note
        if isinstance(call, Mention) and call.note:
            note = call.note
        yield _Answer(option, replace(outcome, note=note))


# -- writing


def _splices(found: Found, answers: Sequence[_Answer]) -> Iterator[Splice]:
    """Yield the splices of a command that is carried out."""
    if not answers or not answers[0].outcome.program or isinstance(found.one, Mention):
        return
    text, call = found.source.text, found.one.call
    gone: list[Word] = [call.word] if call.word is not None else []
    answered = [answer.option for answer in answers]
    for one in call.options:
        gone.extend(() if one in answered else one.words)
    for answer in answers[1:]:
        option, outcome = answer.option, answer.outcome
        if option is None or outcome.keep:
            continue
        if outcome.words:
            yield from edit.replace(text, option.words, outcome.words)
            if option.words[0].form is not Form.SHELL:
                gone.extend(option.words[1:])
        elif outcome.rename:
            yield _renamed(option, outcome.rename)
        else:
            gone.extend(option.words)
    yield from _program(text, call, answers[0].outcome, gone)
    yield from edit.delete(text, call.launch.words, gone)


def _program(text: str, call: Call, outcome: CommandOutcome, gone: list[Word]) -> Iterator[Splice]:
    """Yield the program's new name, and the words behind it. gone: takes what goes for it."""
    word = call.launch.words[call.launch.program]
    if call.launch.function:
        yield edit.function(text, word, call.launch.arguments[0], outcome.program, outcome.words)
        return
    name = len(word.text.rpartition("/")[2])
    if call.launch.module and outcome.program == "python":  # it stands before `-m celery`
        gone.append(call.launch.words[call.launch.program - 1])
        yield edit.rename(word, -name, outcome.words[0])
        yield from edit.insert(text, word, outcome.words[1:])
        return
    yield edit.rename(word, -name, outcome.program)
    if word.form is Form.ALONE:
        behind = call.launch.arguments
        empty = all(any(one is each for each in gone) for one in behind)
        yield edit.insert_before(text, behind[0], outcome.words, last=empty)
    else:
        yield from edit.insert(text, word, outcome.words)


def _renamed(option: Option, name: str) -> Splice:
    """Return the new name before the value; behind a short one there may be no `=`."""
    word = option.words[0]
    if not option.attached:
        return edit.rename(word, len(word.text), name)
    return edit.rename(word, option.attached, f"{name}=")
