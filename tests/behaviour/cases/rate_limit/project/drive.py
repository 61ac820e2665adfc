from tasks import other, quick, slow
from trace import record

results = [slow.delay(n) for n in range(4)]
for n in range(6):
    quick.delay(n)
other.delay()
record("results", values=[each.get(timeout=30) for each in results])
