import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.dev")
django.setup()

from evalhub.celery import app
from jobs import cluster
from jobs.tasks import clean, tag

queue = app.conf.task_default_queue
tag.apply_async((1, ["a", "b"]), queue=queue)
clean.delay()
cluster.scale.delay(7)
