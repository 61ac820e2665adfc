from tasks import finished, parent, plain, traced, waits, watched
from trace import record

record("got", value=plain.delay(1).get(timeout=10))
result = parent.delay()
result.get(timeout=10)
record("children", count=len(result.children or []))
seen = []
watched.delay().get(timeout=10, on_message=seen.append)
record("watched all", seen=bool(seen))
finished.delay()
result = traced.delay()
result.get(timeout=10)
record("waited", value=waits.delay().get(timeout=10))
record("traceback", text=result.traceback)
