from celery import shared_task
from trace import record


@shared_task
def sweep(days):
    record("sweep", days=days)
