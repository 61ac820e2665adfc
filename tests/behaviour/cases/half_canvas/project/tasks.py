from celery import Celery, signature
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0", backend="redis://localhost:6379/1")


@app.task
def plain(n):
    record("plain", n=n)


@app.task
def risky():
    record("risky")
    raise ValueError("risky")


@app.task
def rescued(request, exc, traceback):
    record("rescued", text=str(exc))


@app.task
def with_risky(*args):
    record("with risky")


@app.task
def iterated(n):
    record("iterated", n=n)


@app.task
def frozen():
    record("frozen")


@app.task
def sent_along():
    record("sent along")


@app.task
def takes_signature(found):
    record("takes signature")


@app.task
def uncalled(n):
    record("uncalled", n=n)


@app.task
def prioritised(*args):
    record("prioritised")
