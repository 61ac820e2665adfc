from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(bind=True)
def greet(self, name, greeting="hello"):
    record("greeted", text=f"{greeting} {name}")


@app.task(bind=True, name="part")
def leave(task, name):
    record("left", name=name)
