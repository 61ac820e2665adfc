import os
import sys

BASE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(BASE, "apps"))

SECRET_KEY = "no secret"
DEBUG = False
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "jobs",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
QUEUES = os.environ.get("QUEUES", "sqs://key:secret@localhost:9324")
CELERY_BROKER_URL = QUEUES
# Without a namespace Celery reads none of these.
CELERY_TASK_SOFT_TIME_LIMIT = 1
CELERY_BEAT_SCHEDULE = {"clean": {"task": "jobs.tasks.clean", "schedule": 3600}}
BROKER_TRANSPORT_OPTIONS = {"region": "us-east-1", "wait_time_seconds": 1}
