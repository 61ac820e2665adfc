from celery import shared_task
from trace import record


@shared_task
def ship(number):
    record("ship", number=number)


@shared_task(rate_limit="10/s")
def limited(number):
    record("limited", number=number)
