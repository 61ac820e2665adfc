import os

from tasks import fetch, limited, quiet

LIMIT = int(os.environ.get("LIMIT", "3"))
fetch.delay()
quiet.delay()
limited.apply_async(soft_time_limit=LIMIT)
