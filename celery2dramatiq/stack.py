"""A call on a stack that is large enough for source of any sensible depth."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

DEPTH = 100_000  # calls; LibCST needs about eight for one level of nesting
STACK = 512 << 20  # bytes, of which only what is used is taken


def with_room(call: Callable[[], T]) -> T:
    """Call, and where the stack is too small call again on a large one."""
    try:
        return call()
    except RecursionError:
        return deep(call)


def deep(call: Callable[[], T]) -> T:
    """Call on a large stack. Raises RecursionError where even that is too small."""
    depth, stack = sys.getrecursionlimit(), threading.stack_size(STACK)
    try:
        sys.setrecursionlimit(DEPTH)
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(call).result()
    finally:
        sys.setrecursionlimit(depth)
        threading.stack_size(stack)
