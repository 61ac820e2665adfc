import os
from datetime import datetime, timezone

from tasks import again, compressed, handed, moment, plain, ranked, routed, short_lived, spread, twice

LIFETIME = int(os.environ.get("LIFETIME", "60"))
OPTIONS = {"countdown": LIFETIME - 60}


def call(function, *args):
    return function(*args)


call(handed.delay, 1)
call(lambda: handed.delay(2))
spread.apply_async(args=(3,), **OPTIONS)
short_lived.apply_async((4,), soft_time_limit=LIFETIME, time_limit=LIFETIME)
moment.apply_async((6,), countdown=LIFETIME % 2, eta=datetime.now(timezone.utc))
twice.apply_async((7,), time_limit=60)
again.apply_async((8,), time_limit=60)
ranked.apply_async((9,), priority=3)
compressed.apply_async((10,), compression="gzip")
routed.apply_async((11,), routing_key="celery")
plain.delay(5)
