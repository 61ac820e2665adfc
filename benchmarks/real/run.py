"""Runs the tool on one project, and measures what came out."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.real import found
from benchmarks.real.count import Count, count
from benchmarks.real.projects import git
from benchmarks.real.touched import needless

Json = dict[str, Any]


@dataclass(frozen=True)
class Score:
    """One line of the scoreboard."""

    name: str
    counted: Count
    tasks: found.Share
    calls: found.Share
    canvas: found.Share
    settings: found.Share
    actions: Mapping[str, int]
    holds: Mapping[str, int]
    broken: tuple[str, ...]  # files that do not compile, and did before
    verified: str  # "agrees", "differs", or "-": nothing moved, or something is not installed
    again: int  # files that a second run changes
    touched: int  # lines
    needless: int  # lines, of those


class ToolError(Exception):
    """The tool ended with something else than a report."""


def tool(root: Path, *arguments: str) -> Json:
    """The report of a run in this folder; `ToolError` if there is none."""
    command = [sys.executable, "-m", "celery2dramatiq", *arguments, "--format", "json"]
    result = _run(command, root)
    if result.returncode not in {0, 3}:
        raise ToolError(f"{arguments}: {result.returncode}\n{result.stderr}")
    report: Json = json.loads(result.stdout)
    return report


def score(name: str, root: Path, options: Sequence[str] = ()) -> Score:
    """Scan and migrate the repository in `root`, twice; `options` go to the tool."""
    names = git(root, "ls-files", "-z").split("\0")[:-1]
    counted = count(root, names)
    old = {path: (root / path).read_bytes() for path in names if (root / path).is_file()}
    scanned = tool(root, "scan", *options)
    applied = tool(root, "apply", *options)
    git(root, "add", "-A")
    patch = git(root, "diff", "--cached", "-U0", "--no-renames", "--diff-filter=M")
    changed = git(root, "diff", "--cached", "--name-only", "-z").split("\0")[:-1]
    git(root, "commit", "-q", "--allow-empty", "-m", "after")
    return Score(
        name=name,
        counted=counted,
        tasks=found.tasks(scanned, counted),
        calls=found.calls(scanned, counted),
        canvas=found.canvas(scanned, counted),
        settings=found.settings(scanned, counted),
        actions=found.actions(applied),
        holds=found.holds(applied),
        broken=tuple(path for path in changed if _breaks(root, path)),
        verified=_verified(root) if changed else "-",
        again=tool(root, "apply", *options)["totals"]["changed"],
        touched=sum(edit["added"] + edit["removed"] for edit in applied["edits"]),
        needless=needless(patch, applied, old),
    )


def _breaks(root: Path, path: str) -> bool:
    if not path.endswith(".py"):
        return False
    try:
        compile((root / path).read_bytes(), path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return True
    return False


def _verified(root: Path) -> str:
    """What `verify` says, which imports every module with brokers that reach no server."""
    command = [sys.executable, "-m", "celery2dramatiq", "verify", "--since", "HEAD~1"]
    return {0: "agrees", 1: "differs"}.get(_run(command, root).returncode, "-")


def _run(command: Sequence[str], root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
