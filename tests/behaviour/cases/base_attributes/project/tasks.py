from celery import Celery
from trace import record

from resources import Again, WithResource, Wrapped

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task(bind=True, base=WithResource)
def one(self, n):
    self.resource["count"] = self.resource.get("count", 0) + 1
    record("one", n=n, resource=self.resource, shown=self.shown(n), twice=self.doubled("a"))


@app.task(bind=True, base=WithResource)
def two(self):
    self.prefix = "="
    self.calls += 2
    record("two", of=self.resource["of"], prefix=self.prefix, calls=self.calls)


@app.task(base=Wrapped)
def wrapped(text):
    record("wrapped", text=text)
    return text


@app.task(base=Again)
def again(n):
    return n


@app.task
def reports():
    record("reports", prefix=two.prefix, text=wrapped("direct"), n=again(1))
