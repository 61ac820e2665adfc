from celery import Celery
from celery.signals import worker_process_init, worker_process_shutdown
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
connection = None


def instrument():
    @worker_process_init.connect(weak=False)
    def begin(*args, **kwargs):
        record("begins")


instrument()


@worker_process_init.connect
def connect(**kwargs):
    global connection
    connection = "open"


@worker_process_shutdown.connect
def close(**kwargs):
    global connection
    connection = None


@app.task
def ask(n):
    record("ran", n=n, connection=connection)
