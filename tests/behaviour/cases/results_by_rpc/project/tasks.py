from celery import Celery
from trace import record

app = Celery(
    "tasks",
    broker="redis://localhost:6379/0",
    backend="rpc://",
    broker_transport_options={"visibility_timeout": 3600, "socket_timeout": 30},
)


@app.task
def add(x, y):
    record("added", total=x + y)
    return x + y
