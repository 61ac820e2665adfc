"""Where the tasks write down what they did."""

import json
import os
import time

import redis

_ledger = redis.Redis.from_url(os.environ.get("SHOP_LEDGER_URL", "redis://localhost:6379/2"))


def write(event, **details):
    """Append a line to the ledger."""
    _ledger.rpush("ledger", json.dumps({"event": event, "time": time.time(), **details}))
