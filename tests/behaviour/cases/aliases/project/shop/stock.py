from celery import shared_task as job
from trace import record


@job
def reserve(item):
    record("reserved", item=item)


hold = reserve
