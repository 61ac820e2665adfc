import time

from celery.exceptions import TaskRevokedError
from tasks import app, short, work
from trace import record

result = work.delay()
time.sleep(1)
app.control.revoke(result.id, terminate=True, signal="SIGKILL")
try:
    result.get(timeout=10)
except TaskRevokedError as error:
    record("raised", args=list(error.args), state=result.state)
short.delay().get(timeout=10)
record("end")
