import os

from celery import shared_task
from trace import record


@shared_task
def sweep():
    record("second sweep" if os.path.exists("swept") else "sweep")
    open("swept", "w").close()


@shared_task
def held(days):
    record("held", days=days)
