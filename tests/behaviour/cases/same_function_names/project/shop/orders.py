from shop.celery import app
from trace import record


@app.task
def process(number):
    record("order", number=number)
