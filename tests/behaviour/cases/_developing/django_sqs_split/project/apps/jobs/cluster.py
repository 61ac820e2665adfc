from celery.exceptions import MaxRetriesExceededError
from django.conf import settings
from evalhub.celery import app
from trace import record

LIMIT = getattr(settings, "SCALE_RETRIES", 1)


@app.task(bind=True, max_retries=LIMIT)
def scale(self, pk):
    record("scale", pk=pk, n=self.request.retries)
    try:
        self.retry(countdown=1)
    except MaxRetriesExceededError:
        record("gave up", pk=pk)
