import time

from tasks import app, fail, run
from trace import record

fail.delay()
time.sleep(1)
app.control.purge()
record("purged")
run.delay("after")
