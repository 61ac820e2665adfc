from celery import Celery

app = Celery("newsletter", broker="redis://localhost:6379/0", include=["newsletter.tasks"])
