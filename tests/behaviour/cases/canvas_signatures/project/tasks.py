from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0", backend="redis://localhost:6379/1")


@app.task
def one(x):
    record("one", x=x)
    return f"one({x})"


@app.task
def two(x, y=2):
    record("two", x=x, y=y)
    return f"two({x}, {y})"


@app.task
def three(x, y, z):
    record("three", x=x, y=y, z=z)
    return f"three({x}, {y}, {z})"


@app.task
def keyword(x, *, k=3):
    record("keyword", x=x, k=k)
    return f"keyword({x}, k={k})"


@app.task
def any_number(*args, **kwargs):
    record("any_number", args=list(args), kwargs=kwargs)
    return f"any_number{args}"


@app.task(bind=True)
def seen(self, *args):
    record("seen", args=list(args), request=list(self.request.args), kwargs=self.request.kwargs)


@app.task(bind=True, max_retries=1)
def again(self, x):
    if self.request.retries == 0:
        raise self.retry(countdown=0)
    record("again", x=x)
    return f"again({x})"


@app.task
def fails(x):
    record("fails", x=x)
    raise KeyError(x)


@app.task
def slow(x):
    record("slow", x=x)


@app.task(bind=True, expires=60)
def itself(self, n):
    record("itself", n=n)
    if n:
        return (self.s(n - 1) | one.si("itself")).delay().id is not None
