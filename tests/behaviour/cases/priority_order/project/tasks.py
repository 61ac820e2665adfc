from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


def count():
    with open("done", "a+") as done:
        done.write("x")
    with open("done") as done:
        return len(done.read())


@app.task(priority=0)
def urgent():
    record("urgent", early=count() < 15)


@app.task(priority=9)
def bulk(n):
    count()
    record("bulk", n=n)
