"""`python -m celery2dramatiq`."""

import importlib.util
import sys

if importlib.util.find_spec("celery2dramatiq.codemods") is None:
    sys.exit(
        "celery2dramatiq is not installed: `codemods/` is found only after "
        "`pip install .` or `pip install -e .`"
    )

from celery2dramatiq.cli import main

main(prog_name="celery2dramatiq")
