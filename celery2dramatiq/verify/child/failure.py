"""What went wrong in the project's code, and where."""

from __future__ import annotations

import importlib
import os
import traceback
from types import FrameType, TracebackType
from typing import Any, Iterator

HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - compared as text
_IMPORTLIB = os.path.dirname(os.path.abspath(importlib.__file__))  # noqa: PTH100, PTH120
_HEAD = "Traceback (most recent call last):"
LINES = 12  # of a traceback


def failure(error: BaseException) -> dict[str, Any]:
    """Return an exception as plain data. places: file and line of each frame, outermost first."""
    places = [list(place) for place in _places(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        places.append([os.path.abspath(error.filename), error.lineno or 1])  # noqa: PTH100
    return {
        "type": type(error).__name__,
        "message": _message(error),
        "missing": getattr(error, "name", None) if isinstance(error, ImportError) else None,
        "places": places,
        "traceback": _last_lines(error),
        "actor": taken(error),
    }


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - the project's own class
        return ""


def _frames(trace: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    while trace is not None:
        yield trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next


def _places(trace: TracebackType | None) -> Iterator[tuple[str, int]]:
    for frame, line in _frames(trace):
        name = frame.f_code.co_filename
        if not is_ours(name):
            yield os.path.abspath(name), line  # noqa: PTH100


def is_ours(filename: str) -> bool:
    """Tell whether a file is not the project's: of this package, or of what imports."""
    return filename.startswith((HERE, _IMPORTLIB, "<"))


def _last_lines(error: BaseException) -> list[str]:
    stack = traceback.TracebackException.from_exception(error, limit=-LINES)
    stack.stack = traceback.StackSummary.from_list(
        [frame for frame in stack.stack if not is_ours(frame.filename)]
    )
    # what came before it is left out, and so is its text, which comes with the message
    lines = "".join(stack.format(chain=False)).splitlines()
    return [line for line in lines if line.strip() and line != _HEAD][-LINES:]


def taken(error: BaseException) -> dict[str, Any] | None:
    """Return the actor whose name was refused because another one has it, and that one."""
    if not isinstance(error, ValueError) or "already registered" not in str(error):
        return None
    for frame, _ in _frames(error.__traceback__):
        known = frame.f_locals
        broker = known.get("broker")
        other = getattr(broker, "actors", {}).get(known.get("actor_name"))
        if other is not None and "fn" in known:
            return {
                "name": other.actor_name,
                "here": function_place(known["fn"]),
                "there": function_place(other.fn),
            }
    return None


def function_place(function: Any) -> dict[str, Any]:
    """Return where a function is: module, file and line, as far as it says so."""
    inner = function
    while hasattr(inner, "__wrapped__"):
        inner = inner.__wrapped__
    code = getattr(inner, "__code__", None)
    return {
        "module": str(getattr(function, "__module__", "")),
        "path": os.path.abspath(code.co_filename) if code else "",  # noqa: PTH100
        "line": code.co_firstlineno if code else 1,
    }
