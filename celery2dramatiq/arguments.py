"""The options that the commands share, and what follows from them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from celery2dramatiq.codemod import Options
    from celery2dramatiq.mapping import Row

FORMS = ("markdown", "html", "sarif", "github")  # of a report, beside text and JSON
Given = Mapping[str, Any]
Option = Callable[[Callable[..., None]], Callable[..., None]]


def shared(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that `scan` and `apply` share."""
    for option in reversed(_options()):
        command = option(command)
    return command


def _options() -> tuple[Option, ...]:
    policy = click.Choice(["keep", "dramatiq"])
    return (
        click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True)),
        _root_option(),
        click.option(
            "--exclude", multiple=True, metavar="PATTERN", callback=_patterns,
            help="Files to leave out, as in .gitignore.",
        ),
        click.option(
            "--tracked", is_flag=True, help="Look only at files that git knows, as hooks do."
        ),
        click.option(
            "--accept", multiple=True, metavar="CODE", shell_complete=complete_code,
            help="Migrate in spite of this reason.",
        ),
        click.option(
            "--select", multiple=True, metavar="CODE", shell_complete=complete_code,
            help="Report only findings whose codes begin so. What is done stays the same.",
        ),
        click.option(
            "--ignore", multiple=True, metavar="CODE", shell_complete=complete_code,
            help="Do not report findings whose codes begin so. What is done stays the same.",
        ),
        click.option(
            "--retries", type=policy, show_default="keep",
            help="Retries of tasks that ask for none: none, as now, or Dramatiq's 20.",
        ),
        click.option(
            "--time-limit", type=policy, show_default="keep",
            help="Time limit of tasks without one: none, as now, or Dramatiq's 10 minutes.",
        ),
        *_form_options(*FORMS),
        click.option("--show", is_flag=True, help="Show everything, however long."),
        _color_option(),
    )  # fmt: skip


def developing(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of `apply` for development alone."""
    own = (
        click.option(
            "--dev-only", is_flag=True,
            help="Development runs on Dramatiq, everything else stays on Celery: the code is "
            "written for Dramatiq, and a module beside the app gives it to Celery elsewhere.",
        ),
        click.option(
            "--keep-source", is_flag=True,
            help="With --dev-only: leave the source as it is; Dramatiq's broker and worker carry "
            "Celery's own messages.",
        ),
        click.option(
            "--dev-settings", multiple=True, metavar="MODULE",
            help="With --dev-only: the Django settings of development; found by default.",
        ),
        click.option("--remove", is_flag=True, help="With --dev-only: take it out again."),
    )  # fmt: skip
    for option in reversed(own):
        command = option(command)
    return command


def development(given: Given, folder: Path) -> tuple[str, ...] | None:
    """Return the settings modules that are given for development; None without --dev-only.

    Raises click.UsageError where the options do not fit together.
    """
    if not given["dev_only"]:
        for name in ("keep_source", "remove", "dev_settings"):
            if given[name]:
                raise click.UsageError(f"--{name.replace('_', '-')} needs --dev-only")
        return None
    if given["keep_source"] and given["remove"]:
        raise click.UsageError("--remove takes out what is there: it needs no --keep-source")
    if given["form"] in FORMS:
        raise click.UsageError("--dev-only reports as text or as JSON")
    if given["paths"]:
        raise click.UsageError("--dev-only is for the whole project: no PATHS")
    return given["dev_settings"] or configured_settings(folder)


def configured_settings(folder: Path) -> tuple[str, ...]:
    """Return the settings modules of development that the configuration names.

    Raises click.UsageError.
    """
    from celery2dramatiq.configuration import WrongConfiguration, read

    try:
        return read(folder).dev_settings
    except WrongConfiguration as error:
        raise click.UsageError(str(error)) from error


def verifying(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of `verify`."""
    file = click.Path(path_type=Path, exists=True, dir_okay=False)
    own = (
        click.argument("inventory", required=False, type=file),
        _root_option(),
        click.option(
            "--since", metavar="REVISION", default="HEAD", show_default=True,
            help="Without INVENTORY: the revision of git to compare with.",
        ),
        click.option(
            "--python", metavar="PROGRAM",
            help="The interpreter that imports the project; by default that of its .venv or venv, "
            "of the active virtual environment, or our own.",
        ),
        click.option(
            "--worker", metavar="COMMAND",
            help="What starts the workers; by default what the report said.",
        ),
        click.option(
            "--timeout", type=click.FloatRange(min=0, min_open=True), default=60,
            show_default=True, help="Seconds until a process that imports it is ended.",
        ),
        click.option(
            "--allow-network", "network", is_flag=True,
            help="Let the project's modules open connections.",
        ),
        *_form_options(),
        _color_option(),
    )  # fmt: skip
    for option in reversed(own):
        command = option(command)
    return command


def coloured(command: Callable[..., None]) -> Callable[..., None]:
    """Add the option about colour."""
    return _color_option()(command)


def listing(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of `rules`."""
    for option in reversed((*_form_options("markdown"), _color_option())):
        command = option(command)
    return command


def complete_code(
    ctx: click.Context,  # noqa: ARG001 - click's signature
    param: click.Parameter,
    incomplete: str,
) -> list[CompletionItem]:
    """Return the codes that begin so, each with what it is about."""
    from click.shell_completion import CompletionItem

    from celery2dramatiq.codemod import load
    from celery2dramatiq.verify.kinds import KINDS

    found = {row.code: row.celery for row in load().rows if fits(row, param.name)}
    if param.name == "codes":
        found |= {kind.code: kind.title for kind in KINDS}
    start = incomplete.upper() if incomplete.upper().startswith("C2D") else incomplete
    return [CompletionItem(c, help=text) for c, text in found.items() if c.startswith(start)]


def fits(row: Row, option: str | None) -> bool:
    """Tell whether a row's code makes sense there: not every reason can be accepted."""
    return option != "accept" or row.acceptable


def _root_option() -> Option:
    return click.option(
        "--root", type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="The project's folder; by default the repository around the current folder.",
    )  # fmt: skip


def _form_options(*more: str) -> tuple[Option, Option]:
    return (
        click.option(
            "--format", "form", type=click.Choice(["text", "json", *more]), default="text",
            show_default=True, help="The form of the report.",
        ),
        click.option(
            "--output", type=click.Path(path_type=Path, dir_okay=False, writable=True),
            callback=_output, help="Write the report to this file.",
        ),
    )  # fmt: skip


def _color_option() -> Option:
    return click.option(
        "--color/--no-color", default=None, help="Colour; by default on a terminal only."
    )


def _patterns(
    ctx: click.Context,  # noqa: ARG001 - click's signature, here and below
    param: click.Parameter,  # noqa: ARG001
    value: tuple[str, ...],
) -> tuple[str, ...]:
    if value:
        from celery2dramatiq.files.ignore import patterns

        try:
            patterns(value)
        except ValueError as error:
            raise click.BadParameter(f"not a pattern of .gitignore: {error}") from error
    return value


def _output(
    ctx: click.Context,  # noqa: ARG001
    param: click.Parameter,  # noqa: ARG001
    value: Path | None,
) -> Path | None:
    if value is not None and not os.access(value.parent, os.W_OK):
        raise click.BadParameter(f"{str(value.parent)!r} is no folder that can be written to")
    return value


def root(given: Given) -> Path:
    """Return the project's folder."""
    from celery2dramatiq.files import project_root

    chosen: Path | None = given["root"]
    return (chosen or project_root(Path.cwd())).resolve()


def chosen(given: Given, folder: Path) -> Options:
    """Return what the user chose for the project in that folder. Raises click.UsageError.

    The command line wins over the project's configuration; what is accepted, ignored or excluded
    adds up.
    """
    configured = configuration_of(folder)
    wish = [_inside(folder, path) for path in given["paths"]]
    _check(given)
    return replace(
        configured,
        select=given["select"] or configured.select,
        ignore=(*configured.ignore, *given["ignore"]),
        exclude=(*configured.exclude, *given["exclude"]),
        wish=() if "." in wish else tuple(wish),
        accept=configured.accept | set(given["accept"]),
        retries=given["retries"] or configured.retries,
        time_limit=given["time_limit"] or configured.time_limit,
    )


def configuration_of(folder: Path) -> Options:
    """Return what the project's own configuration chooses. Raises click.UsageError."""
    from celery2dramatiq.configuration import WrongConfiguration, options

    try:
        return options(folder)
    except WrongConfiguration as error:
        raise click.UsageError(str(error)) from error


def _check(given: Given) -> None:
    from celery2dramatiq.codemod import load
    from celery2dramatiq.configuration import unacceptable, unknown

    rows = {row.code: row for row in load().rows}
    for name, problem_of in (("accept", unacceptable), ("select", unknown), ("ignore", unknown)):
        for code in given[name]:
            problem = problem_of(code, rows)
            if problem:
                raise click.UsageError(f"--{name} {code}: {problem}")


def decisions(given: Given) -> dict[str, str | tuple[str, ...]]:
    """Return what was decided on the command line and can stand in the configuration, by key."""
    found = {name.replace("_", "-"): given[name] for name in ("retries", "time_limit")}
    found |= {name: given[name] for name in ("accept", "select", "ignore", "exclude")}
    return {key: value for key, value in found.items() if value}


def _inside(folder: Path, path: Path) -> str:
    from celery2dramatiq.files import project_root

    full = path.resolve()
    if not full.is_relative_to(folder):
        other = f"--root {project_root(full)}"
        raise click.UsageError(
            f"{path} lies outside the project {folder}; for its own project say {other}"
        )
    return full.relative_to(folder).as_posix()


def typed(given: Given) -> Iterator[str]:
    """Yield the options that choose the project and what becomes of it, as they were typed."""
    for name in ("root", "retries", "time_limit"):
        if given[name] is not None:
            yield from (f"--{name.replace('_', '-')}", str(given[name]))
    for name in ("exclude", "accept", "select", "ignore"):
        for value in given[name]:
            yield from (f"--{name}", value)
    if given["tracked"]:
        yield "--tracked"
    yield from map(str, given["paths"])


def look(given: Given) -> dict[str, Any]:
    """Return what the report is to look like."""
    plain = given["color"] is None and given["output"] is not None
    shown = {"show": given["show"]} if "show" in given else {}
    return {"form": given["form"], "color": False if plain else given["color"], **shown}
