import time
from datetime import datetime, timedelta, timezone

from tasks import run, short_lived

run.apply_async(("expired",), expires=1)
run.apply_async(("patient",), expires=600)
run.delay("no limit")
short_lived.delay("expired by its task")
short_lived.apply_async(("its call is patient",), expires=600)
moment = datetime.now(timezone.utc)
for which, expires in {
    "computed number, expired": 1,
    "computed moment, expired": moment + timedelta(seconds=1),
    "computed moment": moment + timedelta(seconds=600),
    "computed text": (moment + timedelta(seconds=600)).isoformat(),
    "computed number": 600.5,
    "passed already": 0,
}.items():
    run.apply_async((which,), expires=expires)
expires = None
short_lived.apply_async(("its call knows no limit",), expires=None)
short_lived.apply_async(("its call computes none",), expires=expires)
run.apply_async(("no time at all",), expires=0)
time.sleep(2.5)
