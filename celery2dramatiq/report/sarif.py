"""The report as SARIF 2.1.0, for platforms that collect what tools find in code.

Section numbers are those of the specification, OASIS Standard of 27 March 2020 with Errata 01.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from celery2dramatiq._version import __version__
from celery2dramatiq.examples import examples
from celery2dramatiq.mapping import Action
from celery2dramatiq.report import diff, rules
from celery2dramatiq.report.accounting import skipped
from celery2dramatiq.report.data import once
from celery2dramatiq.report.prose import prose
from celery2dramatiq.report.source_lines import Lines
from celery2dramatiq.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from celery2dramatiq.index import Place
    from celery2dramatiq.mapping import Row
    from celery2dramatiq.plan import Finding
    from celery2dramatiq.run import Run

Json = dict[str, Any]
SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
ROOT = "%SRCROOT%"
FINGERPRINT = "celery2dramatiq/v1"
# 3.27.9, 3.27.10: what is not of the kind "fail" has no level.
_LEVELS = {Action.MANUAL: "warning", Action.REVIEW: "note", Action.REWRITE: "none"}
_KINDS = {Action.MANUAL: "fail", Action.REVIEW: "fail", Action.REWRITE: "informational"}
_PLACEHOLDER = re.compile(r"\{(\d+)\}")
_LINK = re.compile(r"\[(?=[^\]]*\]\()")


def as_sarif(run: Run) -> str:
    """Return the report: same input, same bytes."""
    return json.dumps(as_data(run), indent=2, ensure_ascii=True) + "\n"


def as_data(run: Run) -> Json:
    """Return the log file with its one run."""
    findings = [finding for finding, _ in once(run.plan, run.plan.findings)]
    known = sorted({finding.row.code: finding.row for finding in findings}.items())
    order = {code: at for at, (code, _) in enumerate(known)}
    prefix = diff.below_repository(run.project.root)
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver([row for _, row in known])},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {
                    ROOT: {"description": {"text": "The top of the git repository."}}
                },
                "invocations": [_invocation(run, prefix)],
                "results": list(_results(run, findings, order, prefix)),
            }
        ],
    }


def _driver(known: Sequence[Row]) -> Json:
    return {
        "name": "celery2dramatiq",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(row) for row in known],
    }


def _rule(row: Row) -> Json:
    paragraphs = rules.paragraphs(row) or [f"{rules.title(row)}."]
    example = examples().get(row.code)
    block = f"\n\n```diff\n{chr(10).join(example.lines)}\n```" if example is not None else ""
    return {
        "id": row.code,
        "shortDescription": {"text": row.celery},
        "fullDescription": {"text": rules.title(row)},
        "help": {
            "text": "\n\n".join(paragraphs),
            "markdown": "\n\n".join(map(prose, paragraphs)) + block,
        },
        "defaultConfiguration": {"level": _LEVELS[row.action]},
        "properties": {"tags": ["celery", row.action.value]},
    }


def _invocation(run: Run, prefix: str) -> Json:
    """Return what was not read: 3.58.8 has it as notifications."""
    return {
        "executionSuccessful": not run.incomplete,
        "toolExecutionNotifications": [
            {
                "level": "error",
                "message": {"text": _message(f"{file['path']} was skipped: {file['reason']}")},
                "locations": [_location(prefix + file["path"], {"startLine": file["line"] or 1})],
            }
            for file in skipped(run)
            if file["celery"]
        ],
    }


def _results(
    run: Run, findings: Sequence[Finding], order: dict[str, int], prefix: str
) -> Iterator[Json]:
    lines = Lines(run.project)
    seen: Counter[str] = Counter()
    for finding in findings:
        place, row = finding.place, finding.row
        print_ = _fingerprint(row, place, lines)
        seen[print_] += 1
        yield {
            "ruleId": row.code,
            "ruleIndex": order[row.code],
            "kind": _KINDS[finding.action],
            "level": _LEVELS[finding.action],
            "message": {"text": _message(_said(finding))},
            "locations": [_location(prefix + place.path, _region(place, lines))],
            "partialFingerprints": {FINGERPRINT: f"{print_}:{seen[print_]}"},
            "properties": {"action": finding.action.value},
        }


def _said(finding: Finding) -> str:
    row = finding.row
    said = f": {finding.text}" if finding.text else ""
    way_out = f". Way out: {row.way_out}" if row.way_out else ""
    return f"{rules.title(row)}{said}{way_out}."


def _message(text: str) -> str:
    """Return a text in which nothing is a placeholder (3.11.5) or a link (3.11.6)."""
    return _LINK.sub(r"\\[", _PLACEHOLDER.sub(r"{{\1}}", visible(text)))


def _location(path: str, region: Json) -> Json:
    uri = quote(os.fsencode(path))
    artifact = {"uri": uri, "uriBaseId": ROOT}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _region(place: Place, lines: Lines) -> Json:
    end_line, end_column = lines.end(place)
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": end_line,
        "endColumn": end_column,
    }


def _fingerprint(row: Row, place: Place, lines: Lines) -> str:
    """Return what stays the same when lines above are added or taken away."""
    line = " ".join(lines.first(place).split())
    what = "\0".join([row.code, place.path, line])
    return hashlib.sha256(what.encode("utf-8", "surrogatepass")).hexdigest()[:32]
