import os
from datetime import datetime, timezone

from tasks import again, handed, moment, plain, short_lived, spread, twice

LIFETIME = int(os.environ.get("LIFETIME", "60"))
OPTIONS = {"countdown": 0}


def call(function, *args):
    return function(*args)


call(handed.delay, 1)
call(lambda: handed.delay(2))
spread.apply_async(args=(3,), **OPTIONS)
short_lived.apply_async((4,), soft_time_limit=LIFETIME, time_limit=LIFETIME)
moment.apply_async((6,), countdown=LIFETIME % 2, eta=datetime.now(timezone.utc))
twice.apply_async((7,), time_limit=60)
again.apply_async((8,), time_limit=60)
plain.delay(5)
