import time
import uuid

from celery import chord, group
from celery.exceptions import TaskRevokedError
from celery.result import AsyncResult
from tasks import app, busy, collect, run
from trace import record

run.delay("first").get(timeout=10)
busy.delay()
time.sleep(1)
own = run.delay("its result")
own.revoke()
by_id = run.apply_async(("its id",), countdown=4)
app.control.revoke(by_id.id)
several = [run.delay(f"one of {n}").id for n in range(2)]
app.control.revoke(several, terminate=False)
found = run.delay("found by its id")
AsyncResult(found.id).revoke()
several_results = group(run.s(f"in a group {n}") for n in range(2)).apply_async()
several_results.revoke()
header = [run.s("in a chord"), run.s("in a chord, revoked").set(task_id="of-the-chord")]
body = chord(header, collect.s()).apply_async()
app.control.revoke(task_id="of-the-chord")
chosen = str(uuid.uuid4())
app.control.revoke(chosen)
run.delay("last").get(timeout=15)

try:
    own.get(timeout=10)
except TaskRevokedError as error:
    record("raised", args=list(error.args))
record("own", state=own.state, ready=own.ready(), failed=own.failed())
record("several", states=[AsyncResult(each).state for each in several])
record("group", states=[each.state for each in several_results.results])
record("chosen", state=AsyncResult(chosen).state)
try:
    body.get(timeout=10)
except Exception as error:
    record("body", kind=type(error).__name__, state=body.state)
time.sleep(3)
record("by id", state=AsyncResult(by_id.id).state)
run.delay("after all").get(timeout=10)
record("end")
