import time

from celery import states
from celery.result import AsyncResult
from tasks import again, app, count
from trace import record


def status(task_id) -> AsyncResult:
    return AsyncResult(task_id, app=app)


def wait_for(result, state):
    end = time.time() + 10
    while result.state != state and time.time() < end:
        time.sleep(0.02)
    return result


def describe(task_id):
    result = app.AsyncResult(task_id)
    if result.state == states.PENDING:
        return {"state": states.PENDING, "info": result.info}
    if result.state == "FAILURE":
        return {"state": result.state, "info": str(result.info)}
    return {"state": result.state, "info": result.result, "ready": result.ready()}


with open("ids.txt") as file:
    counted, retried, failed = file.read().split()

record("progress", info=wait_for(status(counted), "PROGRESS").info["of"])
retry = wait_for(status(retried), "RETRY")
record("retry", state=retry.state, info=repr(retry.info), ready=retry.ready())
record("by task", same=count.AsyncResult(counted).id == counted)
record("done", value=count.AsyncResult(counted).get(timeout=10))
record("counted", **describe(counted))
record("second", value=again.AsyncResult(task_id=retried).get(timeout=10))
try:
    status(failed).get(timeout=5)
except ValueError as error:
    record("failed", args=list(error.args))
record("failure", **describe(failed))
record("unknown", **describe("no-such-id"))
record("equal", same=status(counted) == AsyncResult(counted), text=str(status(counted)) == counted)
status(counted).forget()
record("forgotten", **describe(counted))
