from jobs import app, job, logged, retried, task
from trace import record


@job
def pack(n):
    record("pack", n=n, name=pack.name)
    send.delay(n + 1)


@logged
def send(n):
    record("send", n=n, name=send.name)
    if n == 2:
        send.apply_async((3,), countdown=1)


@retried(bind=True)
def fetch(self):
    record("fetch", retries=self.request.retries)
    raise OSError("no network")


@task
def bare(n):
    record("bare", n=n)


@task(bind=True, max_retries=1, name="mail")
def mail(self, to):
    record("mail", to=to, name=self.name)
    app.send_task("tasks.bare", [4])
