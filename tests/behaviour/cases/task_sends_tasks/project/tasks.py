from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def plan(items):
    record("planned", items=items)
    for item in items:
        ship.delay(item)


@app.task
def ship(item, urgent=False):
    record("shipped", item=item, urgent=urgent)
    invoice.apply_async(args=(item,))


@app.task
def invoice(item):
    record("invoiced", item=item)


@app.task
def count(n):
    record("counted", n=n)
    if n:
        count.delay(n - 1)
