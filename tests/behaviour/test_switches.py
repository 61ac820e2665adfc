"""The bench fails a migration for which one of the tool's own rules is switched off."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from bench.case import Case, load
from bench.pool import Pool

HERE = Path(__file__).parent
RUN = "\nfrom celery2dramatiq.cli import main\nmain(prog_name='celery2dramatiq')\n"
RULES = """
from celery2dramatiq import codemod, project
rules = codemod.load()
project.load = codemod.load = lambda: rules
"""
ONE_QUEUE = """
from dataclasses import replace
from celery2dramatiq.commands.target import Target
real = Target.command
Target.command = lambda *args: f"{real(*args)} --queues mail"
"""


@dataclass(frozen=True)
class Switch:
    """A rule of the tool that is off: what does it, the case that shows it, what is said."""

    name: str
    case: str
    code: str
    says: str


SWITCHES = [
    Switch(
        "argument order",
        "cases/apply_async_forms",
        """
from celery2dramatiq.rewrite import values
real = values.or_empty
def reversed_values(value):
    made = real(value)
    if hasattr(made, "elements"):
        whole = [e.with_changes(comma=values.cst.MaybeSentinel.DEFAULT) for e in made.elements]
        made = made.with_changes(elements=whole[::-1])
    return made
values.or_empty = reversed_values
""",
        "only under Celery",
    ),
    Switch(
        "default retries",
        "cases/raises_once",
        """
from celery2dramatiq import templates
real = templates.compose
def compose(*args):
    text = real(*args)
    assert "max_retries: int = 0" in text
    return text.replace("max_retries: int = 0", "max_retries: int = 20")
templates.compose = compose
""",
        "left waiting under Dramatiq",
    ),
    Switch(
        "seconds as milliseconds",
        "cases/countdown_literal",
        """
from celery2dramatiq.rewrite import values
values.milliseconds = lambda seconds: seconds
""",
        "s from ",
    ),
    Switch(
        "queue dropped",
        "switches/mail_only",
        f"""{RULES}{ONE_QUEUE}
real_rule = rules.options["queue"]
def no_queue(*args):
    return (replace(outcome, sets=()) for outcome in real_rule.answer(*args))
rule = replace(real_rule, answer=no_queue)
rules.options["queue"] = rules.options["name"] = rule
rules = replace(rules, always=tuple(rule if r is real_rule else r for r in rules.always))
""",
        "left waiting under Dramatiq: tasks.mail in default",
    ),
    Switch(
        "default limits",
        "cases/soft_limit_uncaught",
        f"""{RULES}
names = ("soft_time_limit", "time_limit")
for name in names:
    rules.options[name] = codemod.OptionRule(names, lambda *args: ())
""",
        "only under Dramatiq",
    ),
]
# The same worker that reads one queue, with every rule on: the rule makes the difference.
ON = Switch("every rule on", "switches/mail_only", ONE_QUEUE, "")


def _case(switch: Switch) -> Case:
    tool = (sys.executable, "-c", switch.code + RUN)
    return replace(load(HERE / switch.case), name=f"switch {switch.name}", tool=tool)


@pytest.mark.parametrize("case", [_case(ON)], ids=[ON.name])
def test_nothing_is_wrong_with_every_rule_on(case: Case, verdicts: Pool) -> None:
    verdict = verdicts.verdict(case)
    assert not verdict.problems, verdict.with_logs()


@pytest.mark.parametrize(
    ("switch", "case"), [pytest.param(each, _case(each), id=each.name) for each in SWITCHES]
)
def test_a_rule_switched_off_is_noticed(switch: Switch, case: Case, verdicts: Pool) -> None:
    verdict = verdicts.verdict(case)
    assert switch.says in "\n".join(verdict.problems), verdict.with_logs()
