import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.dev")

app = Celery(broker=settings.CELERY_BROKER_URL)
app.config_from_object("django.conf:settings")

queue_name = os.environ.get("CELERY_QUEUE_NAME")
if settings.DEBUG:
    app.conf.task_default_queue = "hub_dev"
elif queue_name:
    app.conf.task_default_queue = queue_name

app.autodiscover_tasks(lambda: settings.INSTALLED_APPS)
