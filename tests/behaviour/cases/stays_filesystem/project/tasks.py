import os

from celery import Celery
from trace import record

os.makedirs("queue", exist_ok=True)
app = Celery(
    "tasks",
    broker="filesystem://",
    broker_transport_options={"data_folder_in": "queue", "data_folder_out": "queue"},
)


@app.task
def add(x, y):
    record("added", total=x + y)
