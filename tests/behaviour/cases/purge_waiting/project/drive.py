from tasks import app, run
from trace import record

for n in range(3):
    run.delay(n)
run.apply_async(("later",), countdown=2)
app.control.purge()
record("purged")
run.delay("after")
