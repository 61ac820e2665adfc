from datetime import timedelta

from tasks import run
from trace import record

GRACE = 3


def remind(which, seconds=None):
    run.apply_async(args=[which], countdown=seconds)


record("sent")
run.apply_async(args=("constant",), countdown=GRACE)
remind("computed", GRACE + 1)
run.apply_async(("timedelta",), countdown=timedelta(seconds=2).total_seconds())
remind("none")
