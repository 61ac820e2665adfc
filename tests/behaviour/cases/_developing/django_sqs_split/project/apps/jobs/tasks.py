from celery import shared_task
from evalhub.celery import app
from trace import record


@app.task
def tag(pk, paths):
    record("tagged", pk=pk, paths=paths)


@shared_task
def clean():
    record("cleaned")
