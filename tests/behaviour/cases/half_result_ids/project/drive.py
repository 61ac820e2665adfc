from tasks import chunked, look, plain, silent
from trace import record

record("looked", value=look(plain.delay(1).id))
record("children", count=len(chunked.delay(1).children or []))
silent.delay()
