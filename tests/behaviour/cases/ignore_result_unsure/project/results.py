"""Counts the results that are kept, when the tasks have run."""

import os
import time

import redis
from trace import record

_trace = redis.Redis.from_url(os.environ["TRACE_URL"])
_results = redis.Redis.from_url("redis://localhost:6379/1")


def wait_for(events):
    while _trace.llen("trace") < events:
        time.sleep(0.05)
    time.sleep(0.5)  # a result is stored after the task's last line


def count(events):
    wait_for(events)
    record("stored", results=_results.dbsize())


def count_lasting(events, seconds):
    wait_for(events)
    left = [_results.pttl(key) / 1000 for key in _results.keys()]
    record("stored", results=len(left), right=all(seconds - 10 < one <= seconds for one in left))
