import time

from tasks import app, export
from trace import record

export.delay()
time.sleep(1)
record("workers", count=len(app.control.inspect(timeout=2).active() or {}), ping=len(app.control.ping(timeout=2)))
app.control.rate_limit("tasks.export", "100/s")
app.control.pool_grow(1)
app.control.add_consumer("other")
app.control.enable_events()
app.control.broadcast("note", arguments={"n": 1})
time.sleep(0.5)
record("purged", count=app.control.purge())
export.apply_async(queue="other")
