from celery import chain, group
from tasks import any_number, fails, one, three, two
from trace import record

result = group(one.s(1), two.s(2)).apply_async()
record("plain", value=result.get(timeout=10), ready=result.ready(), ok=result.successful())
record("counted", count=result.completed_count(), waiting=result.waiting(), all=len(result))
record("each", values=[each.get(timeout=10) for each in result])
record("list", value=group([one.s(1), two.s(2)])().get(timeout=10))
record("generator", value=group(one.s(n) for n in range(3)).delay().join(timeout=10))
record("given", value=group(two.s(5), one.s(), any_number.si(0)).delay(4).get(timeout=10))
record("chains", value=group(one.s(1) | two.s(2), chain(one.s(3), three.s(4, 5))).delay().get(timeout=10))
record("nested", value=group(group(one.s(1), one.s(2)), one.s(3)).delay().get(timeout=10))
record("single", value=group([one.s(1)]).delay().get(timeout=10))
record("fan out", value=(one.s(1) | group(one.s(), two.s(3))).delay().get(timeout=10))
jobs = [one.s(n) for n in range(2)]
jobs.append(two.si(9))
record("built", value=group(*jobs).apply_async().get(timeout=10))
record("empty", value=group([]).apply_async().get(timeout=10))

failing = group(one.s(1), fails.s(2)).apply_async()
try:
    failing.get(timeout=10)
except KeyError as error:
    record("failed", text=str(error), failed=failing.failed(), ok=failing.successful())
found = failing.get(timeout=10, propagate=False)
record("not raised", first=found[0], second=repr(found[1]))
record("done")
