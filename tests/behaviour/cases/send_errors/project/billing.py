from kombu.exceptions import OperationalError
from tasks import app
from trace import record


@app.task
def bill(order):
    record("billed", order=order)


def charge(order):
    bill.delay(order)


def charge_safely(order):
    try:
        charge(order)
    except OperationalError:
        print("not charged")
