from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def divide(x, y):
    return x / y


@app.task
def called(request, exc, traceback):
    record("called", task=request.task, args=list(request.args), kind=type(exc).__name__, text=str(exc))
    record("traceback", names="dramatiq" if "/dramatiq/" in traceback else "celery")
    record("last line", text=traceback.splitlines()[-1])


@app.task
def broken(request, exc, traceback):
    record("broken")
    raise KeyError("in the callback")
