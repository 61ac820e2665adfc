from celery import Celery
from trace import record


class Config:
    CELERY_BROKER_URL = "redis://localhost:6379/0"
    CELERY_RESULT_BACKEND = "redis://localhost:6379/1"
    CELERY_RESULT_EXPIRES = 60


app = Celery("tasks")
app.config_from_object(Config, namespace="CELERY_")
app.conf.update({"CELERY_TASK_DEFAULT_QUEUE": "bells"}, timezone="UTC")


@app.task
def ring(bell):
    record("ring", bell=bell)
