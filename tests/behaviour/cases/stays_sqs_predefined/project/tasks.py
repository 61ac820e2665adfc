from celery import Celery
from queues import SERVER, URL
from trace import record

app = Celery(
    "tasks",
    broker=f"sqs://key:secret@{SERVER}",
    broker_transport_options={
        "region": "us-east-1",
        "wait_time_seconds": 1,
        "predefined_queues": {"celery": {"url": URL}},
    },
)


@app.task
def add(x, y):
    record("added", total=x + y)
