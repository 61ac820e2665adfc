"""What the setting `task_annotations` makes of a task's options."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

# Read once, from the decorator if it has them (celery/app/autoretry.py).
_DECORATORS_OWN = {
    "autoretry_for", "dont_autoretry_for", "retry_kwargs", "retry_backoff", "retry_backoff_max",
    "retry_jitter",
}  # fmt: skip


def annotated(name: str | None, declared: Collection[str], setting: Any) -> dict[str, Any]:
    """Return the options that a literal setting gives to a task, over the decorator's own.

    declared: the names of those. What is set for the task comes first, then what is set for all
    tasks, over it; of several tables the first counts that has the name
    (celery/app/annotations.py: `resolve_all`).
    """
    tables = setting if isinstance(setting, (list, tuple)) else [setting]
    found: dict[str, Any] = {}
    for key in (name, "*"):
        options = next((one[key] for one in tables if isinstance(one, dict) and key in one), None)
        found |= options if isinstance(options, dict) else {}
    taken = _DECORATORS_OWN.intersection(declared)
    return {option: value for option, value in found.items() if option not in taken}
