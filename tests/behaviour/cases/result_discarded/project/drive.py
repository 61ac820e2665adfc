from tasks import not_json, silent, total
from trace import record

result = total.delay([1, 2, 3])
silent.delay(4)
not_json.delay()
record("sent", has_id=bool(result.id))
