from celery import Celery
from kombu.exceptions import OperationalError
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0", include=["billing"])


@app.task
def ship(order):
    record("shipped", order=order)


def sell(order):
    try:
        ship.delay(order)
    except OperationalError:
        print("not sent")
