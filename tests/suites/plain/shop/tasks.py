from celery import Celery

app = Celery("shop", broker="redis://localhost:1/0")


@app.task
def mail(order, copies=1):
    return f"{order}:{copies}"


@app.task
def pack(order):
    return order


@app.task(bind=True, max_retries=3)
def collect(self, order):
    if not order:
        raise self.retry(exc=ValueError("no order"), countdown=30)
    return order
