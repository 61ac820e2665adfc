"""New imports stand where isort would put them, and before what needs them."""

# ruff: noqa: E501

from __future__ import annotations

import pytest

from celery2dramatiq.specs import Import
from tests.rewrite.edits import code, replace, rewritten

DRAMATIQ = Import("dramatiq")
LOGGING = Import("logging")
PARTIAL = Import("functools", "partial")
TRANSACTION = Import("django.db", "transaction")
RETRY = Import("shop.dramatiq_helpers", "retry")
REQUEST = Import("shop.dramatiq_helpers", "request")
NEAR = Import("dramatiq_helpers", "retry", 1)
BROKER = Import("shop.app", "broker", effect=True)
NEAR_BROKER = Import("app", "broker", 1, effect=True)
APP = Import("shop.app", effect=True)


@pytest.mark.parametrize(
    ("before", "imports", "after"),
    [
        pytest.param("x = 1\n", [DRAMATIQ], "import dramatiq\n\nx = 1\n", id="no imports"),
        pytest.param(
            "def f():\n    pass\n",
            [DRAMATIQ, RETRY],
            "import dramatiq\n\nfrom shop.dramatiq_helpers import retry\n\n\ndef f():\n    pass\n",
            id="no imports, a function",
        ),
        pytest.param(
            '"""Doc."""\nx = 1\n',
            [DRAMATIQ],
            '"""Doc."""\n\nimport dramatiq\n\nx = 1\n',
            id="docstring",
        ),
        pytest.param(
            '"""Doc."""\n\n\n# f\ndef f():\n    pass\n',
            [DRAMATIQ],
            '"""Doc."""\n\nimport dramatiq\n\n\n# f\ndef f():\n    pass\n',
            id="docstring, a function",
        ),
        pytest.param(
            '"""Doc."""\n', [DRAMATIQ], '"""Doc."""\n\nimport dramatiq\n', id="only a docstring"
        ),
        pytest.param(
            "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n# Copyright\nx = 1\n",
            [DRAMATIQ],
            "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n# Copyright\n\n"
            "import dramatiq\n\nx = 1\n",
            id="licence",
        ),
        pytest.param(
            "# Copyright\n\n# About x.\nx = 1\n",
            [DRAMATIQ],
            "# Copyright\n\nimport dramatiq\n\n# About x.\nx = 1\n",
            id="licence, then a comment",
        ),
        pytest.param(
            "# Copyright\n\n\nimport os\n\nx = 1\n",
            [DRAMATIQ],
            "# Copyright\n\n\nimport os\n\nimport dramatiq\n\nx = 1\n",
            id="licence, then imports",
        ),
        pytest.param(
            "# Copyright\n\nimport requests\n\nx = 1\n",
            [DRAMATIQ, LOGGING],
            "# Copyright\n\nimport logging\n\nimport dramatiq\nimport requests\n\nx = 1\n",
            id="licence, before the imports",
        ),
        pytest.param(
            "from __future__ import annotations\n\nx = 1\n",
            [DRAMATIQ],
            "from __future__ import annotations\n\nimport dramatiq\n\nx = 1\n",
            id="future",
        ),
        pytest.param(
            "from __future__ import annotations\nx = 1\n",
            [DRAMATIQ],
            "from __future__ import annotations\n\nimport dramatiq\n\nx = 1\n",
            id="future, no gap",
        ),
        pytest.param(
            "import os\nfrom sys import path\n\nimport celery\nfrom django.db import models\n\n"
            "from shop import x\n\nfrom . import y\n\nx = 1\n",
            [DRAMATIQ, LOGGING, PARTIAL, TRANSACTION, RETRY, NEAR_BROKER],
            "import logging\nimport os\nfrom functools import partial\nfrom sys import path\n\n"
            "import celery\nimport dramatiq\nfrom django.db import models, transaction\n\n"
            "from shop import x\nfrom shop.dramatiq_helpers import retry\n\n"
            "from . import y\nfrom .app import broker  # noqa: F401\n\nx = 1\n",
            id="every section",
        ),
        pytest.param(
            "import os\nimport celery\nfrom shop import x\n\nx = 1\n",
            [DRAMATIQ, LOGGING, RETRY],
            "import logging\nimport os\nimport celery\nimport dramatiq\nfrom shop import x\n"
            "from shop.dramatiq_helpers import retry\n\nx = 1\n",
            id="one group",
        ),
        pytest.param(
            "import os\nfrom shop import x\n\nx = 1\n",
            [DRAMATIQ],
            "import os\nimport dramatiq\nfrom shop import x\n\nx = 1\n",
            id="one group without the section",
        ),
        pytest.param(
            "from a import b\nimport c\nfrom e import f\n\nx = 1\n",
            [DRAMATIQ],
            "from a import b\nimport c\nimport dramatiq\nfrom e import f\n\nx = 1\n",
            id="force_sort_within_sections",
        ),
        pytest.param(
            "import z\nimport c\nfrom e import f\nimport b\n\nx = 1\n",
            [DRAMATIQ],
            "import z\nimport c\nfrom e import f\nimport b\nimport dramatiq\n\nx = 1\n",
            id="no order",
        ),
        pytest.param(
            "import z\nimport celery\nfrom e import f\nimport b\n\nx = 1\n",
            [DRAMATIQ],
            "import z\nimport celery\nfrom e import f\nimport b\nimport dramatiq\n\nx = 1\n",
            id="no order, nothing replaced",
        ),
        pytest.param(
            "from a1 import x\nfrom a2 import x\nfrom a10 import x\n\nx = 1\n",
            [Import("a9", "y")],
            "from a1 import x\nfrom a2 import x\nfrom a9 import y\nfrom a10 import x\n\nx = 1\n",
            id="natural order",
        ),
        pytest.param(
            "from .. import a\nfrom ..b import c\nfrom . import d\n\nx = 1\n",
            [NEAR, Import("a", "e", 2)],
            "from .. import a\nfrom ..a import e\nfrom ..b import c\nfrom . import d\n"
            "from .dramatiq_helpers import retry\n\nx = 1\n",
            id="relative",
        ),
        pytest.param(
            "import os\n\n# Third party\nimport zeep\n\n# Ours\nfrom shop import x\n\nx = 1\n",
            [DRAMATIQ, RETRY],
            "import os\n\n# Third party\nimport dramatiq\nimport zeep\n\n# Ours\nfrom shop import x\n"
            "from shop.dramatiq_helpers import retry\n\nx = 1\n",
            id="headings",
        ),
        pytest.param(
            "import os\n\n# Third party\n\n# zeep patches the rest\nimport zeep\n\nx = 1\n",
            [DRAMATIQ],
            "import os\n\n# Third party\n\nimport dramatiq\n# zeep patches the rest\nimport zeep\n"
            "\nx = 1\n",
            id="a comment on an import",
        ),
        pytest.param(
            "import os\n\ntry:\n    import ujson\nexcept ImportError:\n    import json\n\n"
            "if TYPE_CHECKING:\n    import celery\n\nx = 1\n",
            [DRAMATIQ],
            "import os\n\nimport dramatiq\n\ntry:\n    import ujson\nexcept ImportError:\n"
            "    import json\n\nif TYPE_CHECKING:\n    import celery\n\nx = 1\n",
            id="never into a try",
        ),
        pytest.param(
            "import os\n\ntry:\n    import ujson\nexcept ImportError:\n    import json\n\n"
            "import celery\n\nx = 1\n",
            [DRAMATIQ, RETRY],
            "import os\n\ntry:\n    import ujson\nexcept ImportError:\n    import json\n\n"
            "import celery\nimport dramatiq\n\nfrom shop.dramatiq_helpers import retry\n\nx = 1\n",
            id="below a try",
        ),
        pytest.param(
            "try:\n    import ujson\nexcept ImportError:\n    import json\n\nx = 1\n",
            [DRAMATIQ],
            "import dramatiq\n\ntry:\n    import ujson\nexcept ImportError:\n    import json\n\nx = 1\n",
            id="only a try",
        ),
        pytest.param(
            "import os\nimport sys\n\nsys.path.insert(0, '..')\n\nimport celery\nfrom shop import x\n"
            "\nx = 1\n",
            [DRAMATIQ, LOGGING, RETRY],
            "import logging\nimport os\nimport sys\n\nsys.path.insert(0, '..')\n\nimport celery\n"
            "import dramatiq\nfrom shop import x\nfrom shop.dramatiq_helpers import retry\n\nx = 1\n",
            id="sys.path",
        ),
        pytest.param(
            "import sys\n\nsys.path.insert(0, '..')\n\nx = 1\n",
            [DRAMATIQ, RETRY],
            "import sys\n\nimport dramatiq\n\nsys.path.insert(0, '..')\n\n"
            "from shop.dramatiq_helpers import retry\n\nx = 1\n",
            id="sys.path, no imports below",
        ),
        pytest.param(
            "import sys\n\nsys.path.insert(0, '..')\n\nimport z\n\nx = 1\n",
            [RETRY],
            "import sys\n\nsys.path.insert(0, '..')\n\nimport z\n\n"
            "from shop.dramatiq_helpers import retry\n\nx = 1\n",
            id="sys.path, other imports below",
        ),
        pytest.param(
            "import django\n\ndjango.setup()\n\n\ndef f():\n    pass\n",
            [RETRY],
            "import django\n\ndjango.setup()\n\nfrom shop.dramatiq_helpers import retry\n\n\n"
            "def f():\n    pass\n",
            id="django.setup",
        ),
        pytest.param(
            "import os\n\nfrom celery import Celery\n\n"
            "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n\nx = 1\n",
            [DRAMATIQ, RETRY],
            "import os\n\nimport dramatiq\nfrom celery import Celery\n\n"
            "from shop.dramatiq_helpers import retry\n\n"
            "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n\nx = 1\n",
            id="Django's celery.py",
        ),
        pytest.param(
            "import os\n\nx = 1\n\nfrom shop import y\n\nx = 1\n",
            [RETRY, DRAMATIQ],
            "import os\n\nimport dramatiq\n\nx = 1\n\nfrom shop import y\n"
            "from shop.dramatiq_helpers import retry\n\nx = 1\n",
            id="late imports of the project",
        ),
        pytest.param(
            "import os\n\nx = dramatiq\n\nimport celery\n\nx = 1\n",
            [DRAMATIQ],
            "import os\n\nimport dramatiq\n\nx = dramatiq\n\nimport celery\n\nx = 1\n",
            id="needed before the late imports",
        ),
        pytest.param(
            "x = a(b=dramatiq.c)\n\nimport celery\n",
            [DRAMATIQ, BROKER],
            "import dramatiq\n\nfrom shop.app import broker  # noqa: F401\n\n"
            "x = a(b=dramatiq.c)\n\nimport celery\n",
            id="needed before all imports",
        ),
        pytest.param(
            "x = a(dramatiq=b.dramatiq)\n\nimport celery\n\nx = 1\n",
            [DRAMATIQ],
            "x = a(dramatiq=b.dramatiq)\n\nimport celery\nimport dramatiq\n\nx = 1\n",
            id="not needed before",
        ),
        pytest.param(
            "import os; import sys\n\nx = 1\n",
            [LOGGING],
            "import logging\nimport os; import sys\n\nx = 1\n",
            id="semicolons",
        ),
        pytest.param(
            "import os\r\n\r\nx = 1\r\n",
            [DRAMATIQ, BROKER],
            "import os\r\n\r\nimport dramatiq\r\n\r\nfrom shop.app import broker  # noqa: F401\r\n"
            "\r\nx = 1\r\n",
            id="Windows",
        ),
        pytest.param(
            "import os",
            [DRAMATIQ],
            "import os\n\nimport dramatiq",
            id="no newline at the end",
        ),
        pytest.param(
            "__all__ = ['x']\n\nimport celery\n\n__version__ = '1'\n\nfrom e import f\n\nx = 1\n",
            [RETRY],
            "__all__ = ['x']\n\nimport celery\n\n__version__ = '1'\n\nfrom e import f\n\n"
            "from shop.dramatiq_helpers import retry\n\nx = 1\n",
            id="dunders among imports",
        ),
        pytest.param("", [DRAMATIQ], "import dramatiq\n", id="an empty file"),
        pytest.param("# x", [DRAMATIQ], "# x\n\nimport dramatiq\n", id="only a comment"),
        pytest.param(
            "from gevent import monkey\n\nmonkey.patch_all()\n\nimport requests\n\nx = 1\n",
            [DRAMATIQ, LOGGING],
            "from gevent import monkey\n\nmonkey.patch_all()\n\nimport logging\n\n"
            "import dramatiq\nimport requests\n\nx = 1\n",
            id="gevent",
        ),
        pytest.param(
            "def f():\n    sys.path.append('..')\n\n\nx = 1\n",
            [RETRY],
            "from shop.dramatiq_helpers import retry\n\n\n"
            "def f():\n    sys.path.append('..')\n\n\nx = 1\n",
            id="sys.path in a function",
        ),
        pytest.param(
            "from dramatiq.rate_limits import x\nimport z\n\nx = 1\n",
            [DRAMATIQ],
            "import dramatiq\nfrom dramatiq.rate_limits import x\nimport z\n\nx = 1\n",
            id="beside its own",
        ),
    ],
)
def test_place(before: str, imports: list[Import], after: str) -> None:
    assert rewritten(before, imports=tuple(imports)) == after
    assert rewritten(after, imports=tuple(imports)) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "from django import db\nfrom hosts import one\n\nx = retry\n",
            "from django import db\nfrom hosts import one\n\nfrom shop.dramatiq_helpers import retry\n\nx = retry\n",
            id="isort takes hosts for somebody else's",
        ),
        pytest.param(
            "import os\n\nfrom django import db\nfrom hosts import one\n\nfrom shop import two\n",
            "import os\n\nfrom django import db\nfrom hosts import one\n\nfrom shop import two\nfrom shop.dramatiq_helpers import retry\n",
            id="the project's own have a group",
        ),
        pytest.param(
            "from django import db\n\nfrom hosts import one\n",
            "from django import db\n\nfrom hosts import one\nfrom shop.dramatiq_helpers import retry\n",
            id="isort knows them",
        ),
        pytest.param(
            "import os\nfrom django import db\nfrom hosts import one\nfrom zope import two\n",
            "import os\nfrom django import db\nfrom hosts import one\nfrom shop.dramatiq_helpers import retry\nfrom zope import two\n",
            id="no sections",
        ),
    ],
)
def test_packages_below_a_folder(before: str, after: str) -> None:
    known = {"imports": (RETRY,), "local": "shop hosts", "nested": "hosts"}
    assert rewritten(before, **known) == after  # type: ignore[arg-type]
    assert rewritten(after, **known) == after  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "imports", "after"),
    [
        ("import dramatiq", [DRAMATIQ], "import dramatiq"),
        ("import os, dramatiq", [DRAMATIQ], "import os, dramatiq"),
        ("import dramatiq.brokers", [DRAMATIQ], "import dramatiq.brokers"),
        ("import dramatiq as d", [DRAMATIQ], "import dramatiq\nimport dramatiq as d"),
        ("import a.b as dramatiq_", [DRAMATIQ], "import a.b as dramatiq_\nimport dramatiq"),
        ("from dramatiq import actor", [DRAMATIQ], "import dramatiq\nfrom dramatiq import actor"),
        ("from functools import partial", [PARTIAL], "from functools import partial"),
        (
            "from functools import partial as p",
            [PARTIAL],
            "from functools import partial\nfrom functools import partial as p",
        ),
        ("from functools import wraps", [PARTIAL], "from functools import partial, wraps"),
        ("from functools import *", [PARTIAL], "from functools import *\nfrom functools import partial"),
        ("from functools import wraps  # x", [PARTIAL], "from functools import partial, wraps  # x"),
        ("from functools import a, z", [PARTIAL], "from functools import a, partial, z"),
        ("from functools import z, a", [PARTIAL], "from functools import z, a, partial"),
        ("from functools import (z)", [PARTIAL], "from functools import (partial, z)"),
        ("from functools import a as b, c", [PARTIAL], "from functools import a as b, c, partial"),
        (
            "from functools import (\n    a,  # a\n    # b\n    z,  # z\n)",
            [PARTIAL],
            "from functools import (\n    a,  # a\n    partial,\n    # b\n    z,  # z\n)",
        ),
        (
            "from functools import (a,\n                       z)",
            [PARTIAL],
            "from functools import (a,\n                       partial,\n                       z)",
        ),
        ("from functools import A, a", [Import("functools", "B")], "from functools import A, B, a"),
        ("from functools import a, B", [Import("functools", "b")], "from functools import a, B, b"),
        ("from functools import B, a", [Import("functools", "C")], "from functools import B, C, a"),
        ("from functools import A1, Aa", [Import("functools", "A_B")], "from functools import A1, A_B, Aa"),
        (
            "from shop.dramatiq_helpers import request",
            [RETRY],
            "from shop.dramatiq_helpers import request, retry",
        ),
        ("from shop import app", [BROKER], "from shop import app\nfrom shop.app import broker  # noqa: F401"),
        ("from shop.app import other", [BROKER], "from shop.app import other"),
        ("from shop.app import *", [BROKER], "from shop.app import *\nfrom shop.app import broker  # noqa: F401"),
        ("import shop.app", [BROKER], "import shop.app"),
        ("import shop.app as x", [APP], "import shop.app as x"),
        ("import shop", [APP], "import shop\nimport shop.app  # noqa: F401"),
        ("import os", [APP], "import os\n\nimport shop.app  # noqa: F401"),
        (
            "import os",
            [BROKER, Import("shop.app", "y")],
            "import os\n\nfrom shop.app import y",
        ),
        (
            "import os",
            [REQUEST, RETRY, Import("shop.dramatiq_helpers", "MaxRetriesExceededError")],
            "import os\n\nfrom shop.dramatiq_helpers import MaxRetriesExceededError, request, retry",
        ),
        (
            "from os import a\nfrom os import b",
            [REQUEST, RETRY],
            "from os import a\nfrom os import b\n\nfrom shop.dramatiq_helpers import request\n"
            "from shop.dramatiq_helpers import retry",
        ),
        (
            "from os import a\nfrom os import b",
            [Import("os", "ab")],
            "from os import a\nfrom os import ab\nfrom os import b",
        ),
        (
            "import os",
            [Import("dramatiq_helpers"), Import("dramatiq_helpers", "retry"), Import("dramatiq_helpers", "request")],
            "import os\n\nimport dramatiq_helpers\nfrom dramatiq_helpers import request, retry",
        ),
        (
            "def f():\n    import dramatiq",
            [DRAMATIQ],
            "import dramatiq\n\n\ndef f():\n    import dramatiq",
        ),
        (
            "try:\n    import dramatiq\nexcept ImportError:\n    pass",
            [DRAMATIQ],
            "import dramatiq\n\ntry:\n    import dramatiq\nexcept ImportError:\n    pass",
        ),
    ],
)  # fmt: skip
def test_beside_what_is_there(before: str, imports: list[Import], after: str) -> None:
    end = "\n\nx = 1\n"
    assert rewritten(f"{before}{end}", imports=tuple(imports)) == f"{after}{end}"


@pytest.mark.parametrize(
    ("before", "imports", "after"),
    [
        (
            "from shop.dramatiq_helpers import retry",
            [REQUEST],
            "from shop.dramatiq_helpers import (\n    request,\n    retry,\n)",
        ),
        (
            "import os",
            [REQUEST, RETRY],
            "import os\n\nfrom shop.dramatiq_helpers import (\n    request,\n    retry,\n)",
        ),
        (
            "import os",
            [BROKER],
            "import os\n\nfrom shop.app import (  # noqa: F401\n    broker,\n)",
        ),
    ],
)
def test_too_long(before: str, imports: list[Import], after: str) -> None:
    end = "\n\nx = 1\n"
    assert rewritten(f"{before}{end}", imports=tuple(imports), width=40) == f"{after}{end}"


def test_with_an_edit() -> None:
    text = code(
        """
        from celery import Celery

        x = a.b
        """
    )
    new = replace("a.b", "logging.x")
    assert rewritten(text, new, imports=(LOGGING,)) == code(
        """
        import logging

        from celery import Celery

        x = logging.x
        """
    )
