"""The command line: options in, exit codes out. Heavy imports stand inside the commands."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from celery2dramatiq._version import __version__

if TYPE_CHECKING:
    from celery2dramatiq.codemod import Options
    from celery2dramatiq.run import Run


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


def _common(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that `scan` and `apply` share."""
    options = (
        click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True)),
        click.option(
            "--root",
            type=click.Path(path_type=Path, exists=True, file_okay=False),
            help="The project's folder; by default the repository around the current folder.",
        ),
        click.option("--exclude", multiple=True, help="A gitignore pattern of files to leave out."),
        click.option(
            "--accept", multiple=True, metavar="CODE", help="Migrate in spite of this reason."
        ),
        click.option(
            "--format", "form", type=click.Choice(["text", "json"]), default="text",
            show_default=True, help="The form of the report.",
        ),
        click.option(
            "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write it there."
        ),
        click.option("--show", is_flag=True, help="Show everything, however long."),
        click.option(
            "--color/--no-color", default=None, help="Colour; by default on a terminal only."
        ),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="celery2dramatiq")
def main() -> None:
    """Move a Celery project to Dramatiq, and keep what it does."""


@main.command()
@_common
@click.option(
    "--fail-on", type=click.Choice(["manual", "review", "rewrite"]),
    help="Exit with 1 if there is anything of this kind, or a worse one.",
)  # fmt: skip
def scan(fail_on: str | None, **options: Any) -> None:
    """Say whether the project can move, and what it would cost. Reads only."""
    from celery2dramatiq import report

    with _errors():
        run = _run(options)
        _note(run.interrupted)
        _print(report.scan(run, **_look(options)), options["output"])
        sys.exit(_code(run, run.reaches(fail_on) if fail_on else False))


@main.command()
@_common
@click.option("--diff", is_flag=True, help="Print a patch and write nothing.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if something would change.")
@click.option("--allow-dirty", is_flag=True, help="Edit files with uncommitted changes too.")
@click.option("--allow-no-vcs", is_flag=True, help="Edit files that no git repository holds.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
def apply(
    *, diff: bool, check: bool, allow_dirty: bool, allow_no_vcs: bool, quiet: bool, **options: Any
) -> None:
    """Rewrite the project, and print what changed. All files are written, or none."""
    from celery2dramatiq import report

    with _errors():
        writes = not (diff or check)
        run = _run(options, recover=writes)
        run.compute()
        if writes:
            run.write(allow_dirty=allow_dirty, allow_no_vcs=allow_no_vcs)
        if not quiet:
            shown = report.patch(run) if diff and options["form"] == "text" else None
            text = shown if shown is not None else report.apply(run, **_look(options))
            _print(text, options["output"])
        sys.exit(_code(run, check and bool(run.changes)))


def _run(options: dict[str, Any], *, recover: bool = False) -> Run:
    from celery2dramatiq.files import project_root
    from celery2dramatiq.run import Run

    root: Path = options["root"] or project_root(Path.cwd())
    note = (lambda text: click.echo(text, err=True)) if recover else None
    return Run.start(root.resolve(), _options(root.resolve(), options), options["exclude"], note)


def _options(root: Path, options: dict[str, Any]) -> Options:
    from celery2dramatiq.codemod import Options, load

    wish = []
    for path in options["paths"]:
        full = path.resolve()
        if not full.is_relative_to(root):
            raise click.UsageError(f"{path} lies outside the project {root} (see --root)")
        wish.append(full.relative_to(root).as_posix())
    known = {row.code for row in load().rows}
    for code in options["accept"]:
        if code not in known:
            raise click.UsageError(f"--accept {code}: there is no such code{_similar(code, known)}")
    return Options(
        wish=() if "." in wish else tuple(wish), accept=frozenset(options["accept"])
    )


def _similar(code: str, known: set[str]) -> str:
    import difflib

    close = difflib.get_close_matches(code.upper(), sorted(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _look(options: dict[str, Any]) -> dict[str, Any]:
    to_file = options["output"] is not None
    color = options["color"] if options["color"] is not None else (False if to_file else None)
    return {"form": options["form"], "show": options["show"], "color": color}


def _print(text: str, output: Path | None) -> None:
    data = text.encode("utf-8", "surrogateescape")
    if output is not None:
        output.write_bytes(data)
    else:
        stream = click.get_binary_stream("stdout")
        stream.write(data)
        stream.flush()


def _note(text: str | None) -> None:
    if text:
        click.echo(text, err=True)


def _code(run: Run, gate: bool) -> Exit:
    if run.incomplete:
        return Exit.INCOMPLETE
    return Exit.GATE if gate else Exit.DONE


@contextmanager
def _errors() -> Iterator[None]:
    """Turn what went wrong into a message and an exit code."""
    from celery2dramatiq.files import Refused, WriteFailed

    try:
        yield
    except Refused as error:
        _fail(f"refused, nothing was written:\n{error}", Exit.REFUSED)
    except WriteFailed as error:
        _fail(str(error), Exit.FAILED)
    except (BrokenPipeError, KeyboardInterrupt):
        _fail("interrupted", Exit.INTERRUPTED)
    except (click.ClickException, SystemExit):
        raise
    except ValueError as error:
        if "pattern" in str(error):
            raise click.UsageError(str(error)) from error
        _bug(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is said as our bug
        _bug(error)


def _bug(error: Exception) -> NoReturn:
    import traceback

    trace = "".join(traceback.format_exception(error))
    _fail(f"{trace}\nThis is a bug in celery2dramatiq; nothing was half-written.", Exit.BUG)


def _fail(text: str, code: Exit) -> NoReturn:
    click.echo(f"celery2dramatiq: {text}", err=True)
    sys.exit(code)
