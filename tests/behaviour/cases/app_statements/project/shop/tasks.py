from celery import shared_task
from shop.celery import app
from trace import record


@app.task
def pack(n):
    record("packed", n=n)


@shared_task
def ship(n):
    record("shipped", n=n)
