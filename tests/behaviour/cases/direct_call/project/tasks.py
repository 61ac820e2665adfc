from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def add(x, y):
    record("added", total=x + y)
    return x + y


@app.task(bind=True)
def attempt(self, where):
    record("attempt", where=where, retries=self.request.retries, direct=self.request.called_directly)


@app.task
def total(numbers):
    result = 0
    for number in numbers:
        result = add(result, number)
    attempt("in a task")
    record("total", result=result)
