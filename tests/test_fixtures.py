"""Every codemod against its fixtures, and all of them against whole projects.

`before/` and `after/` are small projects. A comment `# C2D104` in `before/` says that its line is
where that MANUAL row is reported; every such finding has its comment.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from celery2dramatiq.codemod import (
    Clash,
    Codemod,
    FrameworkRule,
    KeywordRule,
    Outcome,
    Rule,
    Rules,
    combine,
    load,
)
from celery2dramatiq.mapping import UNKNOWN_USE, Action, Row
from celery2dramatiq.plan import Finding
from tests.projects import (
    Applied,
    Tree,
    apply,
    command,
    commands_of,
    expected,
    fixtures,
    plan_of,
    tree,
    whole_projects,
)

# Rows that no fixture can show, each with the reason.
UNSEEN: dict[str, str] = {
    "C2D807": "the file is skipped, and apply ends with exit code 3",
    "C2D812": "no rule needs a package for the tests yet",
}

RULES = load()
CODEMODS = {codemod.name: codemod for codemod in RULES.codemods}
_MARK = re.compile(rb"#.*?\b(C2D\d{3}(?:, C2D\d{3})*)\b")


def name(value: object) -> str:
    """Name a parameter in the list of tests."""
    return value.name if isinstance(value, (Path, Codemod)) else str(value)


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Applied]:
    """Run `apply` on a fixture, once for all tests."""
    done: dict[Path, Applied] = {}

    def once(fixture: Path) -> Applied:
        if fixture not in done:
            done[fixture] = apply(fixture, tmp_path_factory.mktemp("fixture") / "project")
        return done[fixture]

    return once


# -- every codemod


@pytest.mark.parametrize("codemod", RULES.codemods, ids=name)
def test_has_a_fixture(codemod: Codemod) -> None:
    assert codemod.name in {fixture.name for fixture in fixtures()}


@pytest.mark.parametrize("codemod", RULES.codemods, ids=name)
def test_shows_every_row(codemod: Codemod, applied: Callable[[Path], Applied]) -> None:
    seen = {
        finding.row.code
        for fixture in fixtures()
        if _codemod_of(fixture) == codemod.name
        for finding in applied(fixture).plan.findings
        if finding.action is finding.row.action
    }
    missing = {row.code for row in codemod.rows} - seen
    assert missing == {row.code for row in codemod.rows} & UNSEEN.keys()


def test_no_reason_is_left_over() -> None:
    assert UNSEEN.keys() <= {row.code for row in RULES.rows}


# -- every fixture


@pytest.mark.parametrize("fixture", fixtures(), ids=name)
def test_belongs_to_a_codemod(fixture: Path) -> None:
    assert _codemod_of(fixture) in CODEMODS


@pytest.mark.parametrize("fixture", fixtures(), ids=name)
def test_comes_out_as_promised(fixture: Path, applied: Callable[[Path], Applied]) -> None:
    _assert_same(applied(fixture).after, expected(fixture))


@pytest.mark.parametrize("fixture", fixtures(), ids=name)
def test_is_done_after_one_run(fixture: Path, applied: Callable[[Path], Applied]) -> None:
    _assert_same(applied(fixture).again, applied(fixture).after)


@pytest.mark.parametrize("fixture", fixtures(), ids=name)
def test_compiles(fixture: Path) -> None:
    _compile(expected(fixture))


@pytest.mark.parametrize("fixture", fixtures(), ids=name)
def test_marks_what_is_manual(fixture: Path, applied: Callable[[Path], Applied]) -> None:
    findings = applied(fixture).plan.findings
    assert sorted(_manual(findings)) == sorted(_marks(tree(fixture / "before")))


@pytest.mark.parametrize("fixture", fixtures(), ids=name)
def test_codemods_report_their_own_rows(fixture: Path) -> None:
    watch = Watch()
    plan_of(fixture, watch.rules(RULES))
    assert watch.foreign() == set()


class Watch:
    """Rules that note which rows they report."""

    def __init__(self) -> None:
        self.reported: set[tuple[str, Row]] = set()
        # A send reports what the rules for its keywords say, or that there is none.
        self.passed_on = {UNKNOWN_USE}

    def rules(self, rules: Rules) -> Rules:
        """Return the same rules, watched."""
        return combine(
            replace(codemod, rules=tuple(self._rule(codemod, rule) for rule in codemod.rules))
            for codemod in rules.codemods
        )

    def _rule(self, codemod: Codemod, rule: Rule) -> Rule:
        answer: Callable[..., Any] = rule.answer

        def watched(*arguments: Any) -> Any:
            answers = answer(*arguments)
            if isinstance(rule, FrameworkRule):
                own = answers.outcomes if answers is not None else ()
                self.reported.update((codemod.name, outcome.row) for outcome in own)
                return answers
            found = (answers,) if isinstance(answers, Outcome) else tuple(answers or ())
            self.reported.update((codemod.name, outcome.row) for outcome in found)
            if isinstance(rule, KeywordRule):
                self.passed_on.update(outcome.row for outcome in found)
            return found if isinstance(answers, Iterable) else answers

        return replace(rule, answer=watched)  # type: ignore[arg-type]

    def foreign(self) -> set[tuple[str, str]]:
        """Return codemods with the codes of rows that are not theirs."""
        return {
            (codemod, row.code)
            for codemod, row in self.reported
            if row not in CODEMODS[codemod].rows and row not in self.passed_on
        }


# -- two codemods for one thing


@pytest.mark.parametrize("codemod", RULES.codemods, ids=name)
def test_the_same_rules_again_clash(codemod: Codemod) -> None:
    for rule in codemod.rules:
        if getattr(rule, "names", True):  # else it claims nothing, and is always asked
            with pytest.raises(Clash, match="two rules claim"):
                combine([*RULES.codemods, Codemod("again", "", (), (rule,))])


@pytest.mark.parametrize("codemod", RULES.codemods, ids=name)
def test_the_same_rows_again_clash(codemod: Codemod) -> None:
    again = Codemod("again", "", codemod.rows, ())
    with pytest.raises(Clash, match=rf"more than one row has the code .*{codemod.rows[0].code}"):
        combine([*RULES.codemods, again])


# -- all codemods together, through the command line


@pytest.mark.parametrize("fixture", whole_projects(), ids=name)
def test_project(fixture: Path, tmp_path: Path) -> None:
    root = tmp_path / "project"
    shutil.copytree(fixture / "before", root)
    done = command(root, "apply", "--allow-no-vcs", "--format", "json")
    assert done.returncode == 0, done.stderr.decode()
    report = json.loads(done.stdout)
    _assert_same(tree(root), expected(fixture))
    assert commands_of(report) == (fixture / "commands.txt").read_text()
    again = command(root, "apply", "--allow-no-vcs", "--check", "-q")
    assert again.returncode == 0, again.stdout.decode()
    _compile(tree(root))


# -- comparing


def _codemod_of(fixture: Path) -> str:
    return fixture.name.partition(".")[0]


def _assert_same(found: Tree, wanted: Tree) -> None:
    assert list(found) == list(wanted)
    for path, data in wanted.items():
        # As text first, for a readable difference.
        assert found[path].decode("latin-1") == data.decode("latin-1"), path


def _compile(files: Tree) -> None:
    for path, data in files.items():
        if path.endswith(".py"):
            compile(data, path, "exec", dont_inherit=True)


def _manual(findings: Iterable[Finding]) -> set[tuple[str, int, str]]:
    return {
        (finding.place.path, finding.place.line, finding.row.code)
        for finding in findings
        if finding.action is Action.MANUAL
    }


def _marks(files: Tree) -> Iterator[tuple[str, int, str]]:
    for path, data in files.items():
        for number, line in enumerate(data.splitlines(), start=1):
            mark = _MARK.search(line)
            for code in mark[1].decode().split(", ") if mark else ():
                yield path, number, code
