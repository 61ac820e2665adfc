import os

from celery import chain
from tasks import app, computed, home, resize, shrink
from trace import record

BULK = {"queue": "bulk", "countdown": 3}

record("sent")
resize.delay(1)
resize.apply_async(args=[2], queue="bulk")
resize.apply_async((3,), queue="celery")
shrink.apply_async((1,), queue="bulk")
shrink.apply_async((2,), **BULK)
shrink.apply_async((3,), queue="bulk", task_id="chosen")
home.apply_async((1,), {}, queue="celery")
app.send_task("tasks.shrink", (4,), queue="bulk")
chain(resize.s(4).set(queue="bulk"), shrink.si(5)).delay()
computed.apply_async((1,), queue=os.environ.get("QUEUE", "celery"))
