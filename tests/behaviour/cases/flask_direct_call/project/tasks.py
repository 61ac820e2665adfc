from celery import shared_task
from flask import g
from trace import record


@shared_task
def look(how):
    record("look", how=how, user=g.get("user", "nobody"))
    g.user = how
