from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(name="mail.send")
def send(to):
    record("mail", to=to)


@app.task(name="mail.bounce")
def bounce(to):
    record("bounce", to=to)
    raise RuntimeError(to)
