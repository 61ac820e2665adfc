"""What the body of a class of tasks says: options of its tasks among its attributes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from celery2dramatiq.index.arguments import Dotted, argument
from celery2dramatiq.index.model import MISSING, Arg
from celery2dramatiq.index.modules import Module

# Attributes of celery.app.task.Task that a decorator's options set as well.
_OPTIONS = (
    "acks_late acks_on_failure acks_on_failure_or_timeout acks_on_timeout autoretry_for "
    "compression default_retry_delay delivery_mode dont_autoretry_for exchange exchange_type "
    "expires filter ignore_result lazy max_retries priority pydantic pydantic_context "
    "pydantic_dump_kwargs pydantic_strict queue rate_limit reject_on_worker_lost Request "
    "resultrepr_maxsize retry_backoff retry_backoff_max retry_jitter retry_kwargs "
    "retry_on_worker_lost routing_key send_events serializer shadow_name shared "
    "soft_time_limit store_errors_even_if_ignored Strategy throws time_limit track_started "
    "trail typing"
)
OPTIONS = frozenset(_OPTIONS.split())


def attributes(node: ast.ClassDef, module: Module, dotted: Dotted) -> Iterator[Arg]:
    """Yield what the body of a class assigns to plain names."""
    for one in node.body:
        targets: Sequence[ast.expr] = ()
        if isinstance(one, ast.Assign):
            targets = one.targets
        elif isinstance(one, ast.AnnAssign) and one.value is not None:
            targets = (one.target,)
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(one, (ast.Assign, ast.AnnAssign)):
                assert one.value is not None  # so it was asked
                yield argument(one.value, module, dotted, keyword=target.id)


def code_of(arg: Arg, base: str) -> str:
    """Return the code of a class's attribute where the task is declared."""
    if arg.literal is not MISSING:
        return repr(arg.literal)
    taken = f"{base}.{arg.keyword}"
    return f"(*{taken},)" if arg.code.startswith(("(", "[")) else taken
