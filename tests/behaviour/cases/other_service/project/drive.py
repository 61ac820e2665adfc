"""Sends, and is the other service."""

import json

import redis
from tasks import app, charge
from trace import record

charge.delay(1)
app.send_task("billing.invoice", args=[2], queue="billing")
queue, message = redis.Redis.from_url("redis://localhost:6379/0").blpop("billing", timeout=10)
record("other service", task=json.loads(message)["headers"]["task"])
