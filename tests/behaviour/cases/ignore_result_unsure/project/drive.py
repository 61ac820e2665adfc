from results import count
from tasks import awaited, perhaps

perhaps.delay(1)
awaited.delay(2).get(timeout=10)
count(2)
