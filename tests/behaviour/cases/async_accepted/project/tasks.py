import asyncio

from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def plain(n):
    record("plain", n=n)


@app.task
async def coroutine(n):
    await asyncio.sleep(0.1)
    record("ran", n=n, waited=True)
