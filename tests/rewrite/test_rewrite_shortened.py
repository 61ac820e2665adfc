"""The helper module's exceptions have plain names where Celery's of that name are dropped."""

from __future__ import annotations

import pytest

from celery2dramatiq.specs import Import
from tests.rewrite.edits import code, replace, rewritten

LONG = "dramatiq_helpers.Late"
TWO = code(
    """
    from celery import Late

    try:
        work()
    except {first}:
        pass
    except (KeyError, {second}):
        pass
    {rest}
    """
)


def _printed(rest: str = "", *, module: Import, uses: int = 2) -> str:
    text = TWO.format(first="Late", second="Late", rest=rest)
    changes = [replace("Late", LONG, n=n + 2) for n in range(uses)]
    return rewritten(text, *changes, imports=(module,), forget="Late")


@pytest.mark.parametrize(
    ("module", "line"),
    [
        (Import("dramatiq_helpers"), "from dramatiq_helpers import Late"),
        (Import("shop", "dramatiq_helpers"), "from shop.dramatiq_helpers import Late"),
        (Import("", "dramatiq_helpers", 1), "from .dramatiq_helpers import Late"),
        (Import("jobs", "dramatiq_helpers", 2), "from ..jobs.dramatiq_helpers import Late"),
    ],
)
def test_plain_names_in_an_except(module: Import, line: str) -> None:
    expected = TWO.format(first="Late", second="Late", rest="")
    assert _printed(module=module) == expected.replace("from celery import Late", line)


def test_the_module_stays_where_more_of_it_is_used() -> None:
    rest = "dramatiq_helpers.request(fetch)"
    expected = TWO.format(first="Late", second="Late", rest=rest)
    imports = "import dramatiq_helpers\nfrom dramatiq_helpers import Late"
    printed = _printed(rest, module=Import("dramatiq_helpers"))
    assert printed == expected.replace("from celery import Late", imports)


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param(f"raise {LONG}", id="it stands elsewhere as well"),
        pytest.param("Late = 1", id="the name is bound again"),
    ],
)
def test_the_longer_name_stays(rest: str) -> None:
    expected = TWO.format(first=LONG, second=LONG, rest=rest)
    printed = _printed(rest, module=Import("dramatiq_helpers"))
    assert printed == expected.replace("from celery import Late", "import dramatiq_helpers")


def test_the_longer_name_stays_beside_celerys() -> None:
    printed = _printed(module=Import("dramatiq_helpers"), uses=1)
    assert f"except {LONG}:" in printed
    assert "(KeyError, Late)" in printed
    assert "from celery import Late" in printed


def test_the_longer_name_stays_where_a_function_imports_celerys() -> None:
    text = code(
        """
        def f():
            from celery import Late

            try:
                work()
            except Late:
                pass
        """
    )
    module = Import("dramatiq_helpers")
    printed = rewritten(text, replace("Late", LONG, n=2), imports=(module,), forget="Late")
    assert f"except {LONG}:" in printed
