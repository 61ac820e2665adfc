from celery import chain
from tasks import prioritised


def run_prioritised():
    chain(prioritised.s(), prioritised.si()).apply_async(priority=3)
