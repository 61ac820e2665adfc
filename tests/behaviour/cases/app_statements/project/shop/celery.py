from celery import Celery

app = Celery("shop", broker="redis://localhost:6379/0")
celery = app
app.set_default()
app.conf.task_default_queue = "slow"
app.autodiscover_tasks(["shop"])
