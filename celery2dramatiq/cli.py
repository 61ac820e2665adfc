"""The command line: options in, exit codes out. Heavy imports stand inside the commands."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from celery2dramatiq import arguments
from celery2dramatiq._version import __version__
from celery2dramatiq.progress import Progress
from celery2dramatiq.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celery2dramatiq.run import Run
    from celery2dramatiq.verify.interpreter import Interpreter
    from celery2dramatiq.verify.inventory import Inventory


_PROGRESS = Progress()


class Exit(IntEnum):
    """How a run ended; where several hold, the first of 70, 5, 4, 3, 1."""

    DONE = 0
    GATE = 1
    USAGE = 2
    INCOMPLETE = 3
    REFUSED = 4
    FAILED = 5
    BUG = 70
    INTERRUPTED = 130


class Guarded(click.Group):
    """A group of commands; whatever goes wrong in one is a message and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _errors():
            return super().invoke(ctx)


@click.group(cls=Guarded, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="celery2dramatiq")
def main() -> None:
    """Move a Celery project to Dramatiq, and keep what it does."""


@main.command()
@arguments.shared
@click.option(
    "--fail-on",
    type=click.Choice(["manual", "review", "rewrite", "new"]),
    help="Exit with 1 if there is anything of this kind, or a worse one; new: any use of Celery "
    "that the baseline does not have.",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file with the uses of Celery that are known.",
)
@click.option(
    "--write-baseline", type=click.Path(path_type=Path, dir_okay=False),
    help="Write that file, with every use that there is now, and print no report.",
)  # fmt: skip
@click.option(
    "--dev-only", is_flag=True,
    help="Print instead what both forms of `apply --dev-only` would do, in numbers.",
)  # fmt: skip
def scan(
    *, fail_on: str | None, baseline: Path | None, write_baseline: Path | None, dev_only: bool,
    **given: Any,
) -> None:  # fmt: skip
    """Say whether the project can move, and what it would cost. Reads only.

    With PATHS, only tasks that are declared in these files and folders are to move.
    """
    from celery2dramatiq import report
    from celery2dramatiq.development.marks import said_of

    run = _start(given)
    _say(run.interrupted)
    _say(said_of(run.project))
    run.without_development()
    if dev_only:
        _compare_forms(run, given)
    if write_baseline is not None:
        _write_baseline(run, write_baseline)
    _know(run, baseline, needed=fail_on == "new")
    _print(report.scan(run, **arguments.look(given)), given["output"])
    sys.exit(_code(run, run.reaches(fail_on) if fail_on else False))


def _compare_forms(run: Run, given: dict[str, Any]) -> NoReturn:
    from celery2dramatiq.development import forms

    if given["form"] != "text":
        raise click.UsageError("scan --dev-only reports as text")
    arguments.no_other_broker(run.options)
    settings = arguments.configured_settings(run.project.root)
    _print(forms.as_text(run.project, run.options, settings), given["output"])
    sys.exit(_code(run, gate=False))


def _write_baseline(run: Run, file: Path) -> NoReturn:
    from celery2dramatiq.baseline import as_text

    _print(as_text(run.plan.index), file)
    _say(f"Written: {file}")
    sys.exit(_code(run, gate=False))


def _know(run: Run, given: Path | None, *, needed: bool) -> None:
    """Read the baseline, if one is named."""
    from celery2dramatiq.baseline import BadBaseline, read

    configured = run.options.baseline
    file = given or (run.project.root / configured if configured else None)
    if file is None:
        if needed:
            raise click.UsageError("--fail-on new needs a --baseline; --write-baseline writes one")
        return
    try:
        run.known = read(file)
    except BadBaseline as error:
        raise click.UsageError(f"--baseline {error}") from error


@main.command()
@arguments.shared
@click.option("--diff", is_flag=True, help="Print a patch and write nothing.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if something would change.")
@click.option("--allow-dirty", is_flag=True, help="Edit files with uncommitted changes too.")
@click.option("--allow-no-vcs", is_flag=True, help="Edit files that no git repository holds.")
@click.option(
    "--save",
    is_flag=True,
    help="Store --accept, --retries and the like in the project's configuration as well.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")  # fmt: skip
@click.option(
    "-i", "--interactive", is_flag=True,
    help="Ask about each decision and each file; the answers are stored in the configuration.",
)  # fmt: skip
@arguments.developing
def apply(
    *, diff: bool, check: bool, allow_dirty: bool, allow_no_vcs: bool, save: bool, quiet: bool,
    interactive: bool, **given: Any,
) -> None:  # fmt: skip
    """Rewrite the project, and print what changed. All files are written, or none.

    With PATHS, only tasks that are declared in these files and folders move.
    """
    from celery2dramatiq import report

    writes = not (diff or check)
    allowed = {"allow_dirty": allow_dirty, "allow_no_vcs": allow_no_vcs}
    if interactive:
        _refuse_questions({"--diff": diff, "--check": check, "-q": quiet,
                           "--dev-only": given["dev_only"]})  # fmt: skip
    settings = arguments.development(given, arguments.root(given))
    run = _start(given, recover=writes)
    _say(run.interrupted)
    if settings is not None:
        arguments.no_other_broker(run.options)
        if save:
            raise click.UsageError("--save does not go with --dev-only")
        how = {"diff": diff, "check": check, "quiet": quiet}
        _develop(run, settings, given, allowed, **how)
    run.without_development()
    decided = arguments.decisions(given) if save else {}
    if interactive:
        decided = _both(_ask(run, allowed, given["color"]), decided)
    else:
        run.compute()
    if decided:
        run.store(decided)
    if writes:
        run.write(**allowed)
    patch = diff and given["form"] == "text"
    if patch or quiet:
        _say("\n".join(report.remarks(run, quiet=quiet)))
    if not quiet:
        text = report.patch(run) if patch else report.apply(run, **arguments.look(given))
        _print(text, given["output"])
    sys.exit(_code(run, check and bool(run.changes)))


def _refuse_questions(others: dict[str, bool]) -> None:
    """Raise click.UsageError where nobody can be asked, or nothing would be written."""
    for option, given in others.items():
        if given:
            raise click.UsageError(f"-i does not go with {option}")
    if not sys.stdin.isatty():
        raise click.UsageError("-i asks questions, and needs a terminal to ask them on")


def _ask(run: Run, allowed: dict[str, bool], color: bool | None) -> dict[str, Any]:
    """Ask about everything; return what was decided, with the run's changes made in memory."""
    from celery2dramatiq.interactive import Ended, Interview

    def compute() -> None:
        run.compute()
        run.check(**allowed)  # before somebody has answered for nothing

    try:
        return dict(Interview(run, compute, _PROGRESS.clear, color).hold())
    except (Ended, click.Abort, KeyboardInterrupt):
        _fail("ended; nothing was written", Exit.INTERRUPTED)


def _both(answered: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Return the answers, and what was decided on the command line besides."""
    lists = {key: (*answered.get(key, ()), *v) for key, v in given.items() if isinstance(v, tuple)}
    return given | answered | lists


def _develop(
    run: Run,
    settings: tuple[str, ...],
    given: dict[str, Any],
    allowed: dict[str, bool],
    *,
    diff: bool,
    check: bool,
    quiet: bool,
) -> NoReturn:
    """Switch development to Dramatiq, or back, and end. settings: those that are given for it."""
    from celery2dramatiq import development

    done = development.done(run, settings, remove=given["remove"], keep_source=given["keep_source"])
    if not (diff or check):
        development.write(run.project.root, done, **allowed)
    if not quiet:
        look = arguments.look(given)
        form = "diff" if diff and look["form"] == "text" else look["form"]
        written = not (diff or check)
        text = development.render(done, run.project.root, form, look["color"], written=written)
        _print(text, given["output"])
    sys.exit(_code(run, check and bool(done.changes)))


@main.command()
@arguments.verifying
def verify(**given: Any) -> None:
    """Import the migrated project and compare its actors with the Celery tasks there were.

    INVENTORY is what `scan --format json` wrote before the migration; by default the project as
    git's last commit has it is scanned now. This is the only command that runs the project's code:
    in a process of its own, with the project's interpreter, as the worker would, and with brokers
    that reach no server.
    """
    from celery2dramatiq import verify as verifying
    from celery2dramatiq.verify.command import BadCommand

    try:
        check = verifying.check(*_what(given), timeout=given["timeout"], network=given["network"])
    except BadCommand as error:
        raise click.UsageError(f"--worker: {error}") from error
    except verifying.CheckFailed as error:
        _fail(str(error), Exit.FAILED)
    _print(verifying.render(check, **arguments.look(given)), given["output"])
    sys.exit(Exit.GATE if check.findings else Exit.DONE)


def _what(given: dict[str, Any]) -> tuple[Path, Inventory, Interpreter, str | None]:
    """Return what is to be checked: where, with what, by whom, as started how."""
    from celery2dramatiq import verify as verifying
    from celery2dramatiq.verify.interpreter import choose

    root = arguments.root(given)
    configured = arguments.configuration_of(root)
    try:
        python = choose(root, given["python"], os.environ)
    except ValueError as error:
        raise click.UsageError(f"--python: {error}") from error
    try:
        if given["inventory"] is not None:
            inventory = verifying.read(given["inventory"])
        else:
            inventory = verifying.before(root, given["since"], configured)
    except verifying.BadInventory as error:
        raise click.UsageError(str(error)) from error
    return root, inventory, python, given["worker"]


@main.command()
@click.argument(
    "codes", nargs=-1, required=True, metavar="CODE...", shell_complete=arguments.complete_code
)
@arguments.coloured
def explain(codes: tuple[str, ...], **given: Any) -> None:
    """Say what a code of a report means, with an example. Reads nothing of the project."""
    from celery2dramatiq.report import rules
    from celery2dramatiq.report.terminal import Line, render, wants_color

    try:
        texts = [rules.explain(code) for code in codes]
    except rules.UnknownCode as error:
        raise click.UsageError(str(error)) from error
    lines = [line for text in texts for line in (*text, Line())]
    _print(render(lines[:-1], color=wants_color(given["color"])), None)


@main.command("rules")
@arguments.listing
def list_rules(form: str, output: Path | None, color: bool | None) -> None:
    """List every code and its construct. Reads nothing of the project."""
    from celery2dramatiq.report import rules
    from celery2dramatiq.report.terminal import render, wants_color

    plain = output is not None and color is None
    if form == "text":
        text = render(rules.listing(), color=not plain and wants_color(color))
    else:
        text = rules.as_json() if form == "json" else rules.page()
    _print(text, output)


def _start(given: dict[str, Any], *, recover: bool = False) -> Run:
    from celery2dramatiq.run import Run

    root = arguments.root(given)
    options = arguments.chosen(given, root)
    tell = _PROGRESS.tell
    run = Run.start(root, options, _say if recover else None, tracked=given["tracked"], tell=tell)
    run.words = tuple(arguments.typed(given))
    return run


def _code(run: Run, gate: bool) -> Exit:
    if run.incomplete:
        return Exit.INCOMPLETE
    return Exit.GATE if gate else Exit.DONE


# -- what is printed


def _print(text: str, output: Path | None) -> None:
    _PROGRESS.clear()
    data = text.encode("utf-8", "surrogateescape")
    try:
        if output is not None:
            output.write_bytes(data)
        else:
            _to_stdout(data)
    except OSError as error:
        _fail(f"the report could not be written: {error}", Exit.FAILED)


def _to_stdout(data: bytes) -> None:
    stream = sys.stdout.buffer
    try:
        stream.write(data)
        stream.flush()
    except OSError as error:
        # What is still in the buffer would fail once more when the program ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if not isinstance(error, BrokenPipeError):  # that is a reader who has seen enough
            raise


def _say(text: str | None) -> None:
    _PROGRESS.clear()
    if text:
        click.echo("\n".join(map(visible, text.split("\n"))), err=True)


def _fail(text: str, code: Exit) -> NoReturn:
    _say(f"celery2dramatiq: {text}")
    sys.exit(code)


# -- what goes wrong


@contextmanager
def _errors() -> Iterator[None]:
    """Turn what went wrong into a message and an exit code."""
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except KeyboardInterrupt:
        _fail("interrupted; no file is half-written", Exit.INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is said
        _explain(error)


def _explain(error: Exception) -> NoReturn:
    import traceback

    from celery2dramatiq.files import Refused, WriteFailed

    if isinstance(error, Refused):
        _fail(f"refused, nothing was written:\n{error}", Exit.REFUSED)
    if isinstance(error, WriteFailed):
        _fail(str(error), Exit.FAILED)
    trace = "".join(traceback.format_exception(error))
    _fail(f"{trace}\nThis is a bug in celery2dramatiq; nothing was half-written.", Exit.BUG)
