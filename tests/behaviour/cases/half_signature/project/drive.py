import json

from celery import signature
from tasks import plain
from trace import record

record("stored", task=json.loads(json.dumps(plain.s(1)))["task"])
signature({"task": "tasks.plain", "args": [1], "kwargs": {}, "options": {}}).delay()
