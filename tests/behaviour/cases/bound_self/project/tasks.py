from celery import Celery
from celery.exceptions import Retry
from celery.utils.log import get_task_logger
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
logger = get_task_logger(__name__)


@app.task(bind=True, max_retries=2)
def count(self, n, nested=False):
    logger.info("counting %s", n)
    record("counted", n=n, nested=nested, limit=self.max_retries)
    if nested:
        return
    if n == 2:
        self.run(n, nested=True)
        self.delay(n - 1)
    elif n == 1:
        self(0, nested=True)


@app.task(bind=True)
def flaky(self):
    record("flaky", n=self.request.retries, limit=self.max_retries)
    try:
        if self.request.retries == 0:
            raise self.retry(countdown=1)
    except Retry:
        record("again")
        raise
    except Exception:
        record("never")
    record("done", name=self.name)


@app.task(bind=True, max_retries=1)
def both(self):
    record("both", n=self.request.retries)
    try:
        self.retry(countdown=0)
    except (Retry, ValueError):
        raise
    except self.MaxRetriesExceededError:
        raise KeyError from None


@app.task(max_retries=1)
def named(n):
    record("named", n=n, retries=named.request.retries, limit=named.max_retries, id=bool(named.request.id))
    try:
        raise named.retry(exc=OSError("named"), countdown=0)
    except OSError as error:
        record("given up", error=str(error))
        raise
