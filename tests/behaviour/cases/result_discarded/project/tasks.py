from celery import Celery
from trace import record

app = Celery("tasks")
app.config_from_object("celeryconfig")


@app.task
def total(numbers):
    record("total", value=sum(numbers))
    return {"total": sum(numbers)}


@app.task(ignore_result=True)
def silent(n):
    record("silent", n=n)
    return n


@app.task
def not_json():
    record("made a set")
    return {1, 2}.__class__.__name__
