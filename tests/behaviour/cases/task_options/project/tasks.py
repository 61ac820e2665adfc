import celery
from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
RETRY = {"bind": True, "max_retries": 2, "default_retry_delay": 1}
QUIET = {"ignore_result": True, "typing": False, "serializer": "json"}


@app.task(autoretry_for=[OSError], **RETRY)
def fetch(self, url):
    record("fetch", url=url, n=self.request.retries)
    raise OSError(url)


@celery.shared_task(name="save", track_started=True, **QUIET)
def save(url):
    record("saved", url=url)


@app.task(max_retries=None, throws=KeyError, time_limit=None)
def log(url):
    record("logged", url=url)
    raise KeyError(url)
