import socket

from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(bind=True)
def where(self):
    name, _, machine = self.request.hostname.partition("@")
    record("name", name=name)
    record("machine", same=machine == socket.gethostname())
