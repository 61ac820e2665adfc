from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
_ids = {}


@app.task(bind=True, max_retries=1)
def run(self, label):
    record("ran", label=label, has_id=len(self.request.id) == 36, retries=self.request.retries)
    if self.request.retries == 0:
        forward.delay(self.request.id)
        raise self.retry(countdown=1)
    record("same", name=self.name, args=list(self.request.args))


@app.task(bind=True)
def forward(self, parent):
    record("forwarded", own_id=self.request.id != parent)
