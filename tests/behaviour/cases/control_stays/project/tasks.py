from celery import Celery
from celery.worker.control import control_command
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@control_command(args=[("n", int)])
def note(state, n):
    record("noted", n=n)
    return {"ok": n}


@app.task
def export():
    record("export")
