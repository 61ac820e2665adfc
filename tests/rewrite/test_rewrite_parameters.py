"""Parameters go, the others keep their layout."""

from __future__ import annotations

import pytest

from tests.rewrite.edits import parameter, rewritten


@pytest.mark.parametrize(
    ("before", "dropped", "after"),
    [
        ("def f(self): pass", ["self"], "def f(): pass"),
        ("def f(self, x): pass", ["self"], "def f(x): pass"),
        ("def f(self: Task, x): pass", ["self"], "def f(x): pass"),
        ("def f(self=None, x=1): pass", ["self"], "def f(x=1): pass"),
        ("def f(self,x,y): pass", ["self"], "def f(x,y): pass"),
        ("def f(self, x,): pass", ["self"], "def f(x,): pass"),
        ("def f( self ): pass", ["self"], "def f(): pass"),
        ("def f( self, x ): pass", ["self"], "def f( x ): pass"),
        ("def f(self, /, x): pass", ["self"], "def f(x): pass"),
        ("def f(self, /): pass", ["self"], "def f(): pass"),
        ("def f(self, y, /, x): pass", ["self"], "def f(y, /, x): pass"),
        ("def f(self, *, x): pass", ["self"], "def f(*, x): pass"),
        ("def f(self, *args, **kwargs): pass", ["self"], "def f(*args, **kwargs): pass"),
        ("def f(self, **kwargs): pass", ["self"], "def f(**kwargs): pass"),
        ("def f(x, self): pass", ["self"], "def f(x): pass"),
        ("def f(x, /, self): pass", ["self"], "def f(x, /): pass"),
        ("def f(x, /, self,): pass", ["self"], "def f(x, /,): pass"),
        ("def f(x, *, self): pass", ["self"], "def f(x): pass"),
        ("def f(x, *, self, y): pass", ["self"], "def f(x, *, y): pass"),
        ("def f(x, *args, self): pass", ["self"], "def f(x, *args): pass"),
        ("def f(x, *, self, **kwargs): pass", ["self"], "def f(x, **kwargs): pass"),
        ("async def f(self, x): pass", ["self"], "async def f(x): pass"),
        ("def f(\n    self,\n    x,\n): pass", ["self"], "def f(\n    x,\n): pass"),
        ("def f(\n    self,\n): pass", ["self"], "def f(): pass"),
        (
            "def f(  # here\n    self,  # the task\n    x,  # more\n): pass",
            ["self"],
            "def f(  # here\n    x,  # more\n): pass",
        ),
        (
            "def f(\n    # the task\n    self,\n    # more\n    x\n): pass",
            ["self"],
            "def f(\n    # more\n    x\n): pass",
        ),
        ("def f(self,\n      x,\n      y): pass", ["self"], "def f(x,\n      y): pass"),
        ("def f(\n    x,\n    self,  # it\n): pass", ["self"], "def f(\n    x,\n): pass"),
        ("def f(\n    x,  # it\n    self\n): pass", ["self"], "def f(\n    x  # it\n): pass"),
        ("def f(x, self, y, z): pass", ["self", "y"], "def f(x, z): pass"),
        ("def f(x): pass", [], "def f(x): pass"),
        ("@d(self)\ndef f(x, self=lambda self: 1): pass", ["self=l"], "@d(self)\ndef f(x): pass"),
    ],
)
def test_parameters(before: str, dropped: list[str], after: str) -> None:
    changes = []
    for name in dropped:
        n = before[: before.index(name)].count(name[:4]) + 1
        changes.append(parameter(name[:4] if name.startswith("self") else name, n))
    assert rewritten(f"{before}\n", *changes) == f"{after}\n"


@pytest.mark.parametrize(
    ("before", "width", "after"),
    [
        ("def f(\n    self, x: int\n) -> int: pass", 26, "def f(x: int) -> int: pass"),
        ("def f(\n    self, x: int\n) -> int: pass", 25, "def f(\n    x: int\n) -> int: pass"),
        ("def f(\n    self, x: int\n) -> int: pass", 32, "def f(\n    x: int\n) -> int: pass"),
        ("def f(\n    self, x: int,\n) -> int: pass", 26, "def f(\n    x: int,\n) -> int: pass"),
        (
            "def f(\n    self, x=(1,\n2)\n) -> int: pass",
            26,
            "def f(\n    x=(1,\n2)\n) -> int: pass",
        ),
        ("def f(\n    self\n) -> int: pass", 22, "def f() -> int: pass"),
    ],
)
def test_what_fits_on_one_line_now(before: str, width: int, after: str) -> None:
    assert rewritten(f"{before}\n", parameter("self"), width=width) == f"{after}\n"
