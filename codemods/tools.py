"""Functions of `celery.utils` that know of no task stay: they hold nothing back."""

from __future__ import annotations

from celery2dramatiq.codemod import Context, Outcome, on_end, on_use
from celery2dramatiq.index import Step, Use
from celery2dramatiq.mapping import Action, Row

TOOL = Row(
    "C2D618",
    "celery.utils.uuid(), chunks(), ...",
    "the same",
    Action.REWRITE,
    about="Such a function works on plain values, without an app, a worker or a task. The import "
    "stays, and with it Celery in the requirements, until you use something else.",
)
# Of their modules' `__all__`, what neither reads the current app nor says anything of a task.
_NAMES = {
    "celery.utils": "chunks gen_unique_id memoize noop uuid",
    "celery.utils.functional": "LRUCache chunks dictfilter first is_list maybe_list memoize noop "
    "padlist uniq",
    "celery.utils.time": "get_exponential_backoff_interval humanize_seconds is_naive make_aware "
    "maybe_iso8601 maybe_timedelta to_utc",
    "celery.utils.imports": "import_from_cwd instantiate qualname symbol_by_name",
    "celery.utils.text": "abbr dedent indent pluralize str_to_list truncate",
}
_DOTTED = [f"{module}.{name}" for module, names in _NAMES.items() for name in names.split()]


def _called(use: Use, steps: tuple[Step, ...], context: Context) -> Outcome:
    return Outcome(TOOL)


def _handed_on(use: Use, context: Context) -> Outcome:
    return Outcome(TOOL)


calls = tuple(on_use(name, "()")(_called) for name in _DOTTED)
others = tuple(on_end(name, "*")(_handed_on) for name in _DOTTED)
