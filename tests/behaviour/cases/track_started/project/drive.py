import time

from tasks import work
from trace import record

result = work.delay()
time.sleep(2)
record("looked", state=result.state)
record("ended", value=result.get(timeout=10))
