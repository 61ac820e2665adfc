from celery import shared_task
from trace import record


@shared_task
def ship(number):
    record("ship", number=number)


RATE = 10


@shared_task(rate_limit=f"{RATE}/s")
def limited(number):
    record("limited", number=number)
