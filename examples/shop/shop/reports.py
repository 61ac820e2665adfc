from celery import shared_task

from shop import ledger


@shared_task
def daily(day, currency="EUR"):
    ledger.write("report made", day=day, currency=currency)


@shared_task
def send(day):
    """Not the task of the same name in `shop.mail`."""
    ledger.write("report sent", day=day)
