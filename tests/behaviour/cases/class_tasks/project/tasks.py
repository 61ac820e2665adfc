from celery import Celery, Task
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


class Add(Task):
    name = "add"

    def run(self, x, y):
        record("added", sum=x + y, name=self.name)
        return x + y


class Counter(app.Task):
    start = 0

    def __init__(self):
        self.count = self.start

    def run(self, step):
        self.count += step
        record("counted", n=self.count, name=self.name)


class Ask(Task):
    max_retries = 1
    default_retry_delay = 3

    def run(self, text):
        record("asked", text=text, retries=self.request.retries, told=self.told())
        self.again()

    def told(self):
        return f"{self.max_retries} {self.request.called_directly}"

    def again(self):
        raise self.retry(exc=KeyError("asked"))


class Fetch(Task):
    autoretry_for = (OSError,)
    retry_kwargs = {"max_retries": 1, "countdown": 0}

    def run(self, text):
        record("fetched", text=text, retries=self.request.retries)
        raise OSError


class Report(Task):
    def run(self, again=True):
        record("report", again=again, name=self.name)
        if again:
            self.delay(again=False)
            self.apply_async((False,), countdown=1)
            self.run(False)
            Add().run(0, 0)


class Silent(Task):
    def run(self):
        record("silent")


add = app.register_task(Add())
counter = app.register_task(Counter())
ask = app.register_task(Ask())
fetch = app.register_task(Fetch())
Report = app.register_task(Report())
app.register_task(Silent)
