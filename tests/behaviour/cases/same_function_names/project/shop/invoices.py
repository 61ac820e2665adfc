from celery import shared_task
from shop import orders
from trace import record


@shared_task
def process(number):
    record("invoice", number=number)
    orders.process.delay(number + 1)
