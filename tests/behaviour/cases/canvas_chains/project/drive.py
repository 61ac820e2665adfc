import operator
from functools import reduce

from celery import chain
from tasks import again, any_number, fails, keyword, one, seen, three, two
from trace import record

record("no fixed", value=chain(one.s(1), one.s()).delay().get(timeout=10))
record("one fixed", value=chain(one.s(1), two.s(5), keyword.s(k=4))().get(timeout=10))
record("two fixed", value=(one.s(1) | three.s(5, 6)).apply_async().get(timeout=10))
record("defaults", value=(two.s(1, y=7) | two.s() | keyword.s() | two.s(y=9)).delay().get(timeout=10))
record("any", value=chain([one.s(1), any_number.s(2, 3, k=4)]).delay().get(timeout=10))
record("immutable", value=chain(one.s(1), two.si(8), one.si(9)).delay().get(timeout=10))
record("none", value=chain(one.s(1), seen.s(2), seen.s(3), any_number.s()).delay().get(timeout=10))
record("retried", value=chain(again.s(1), again.s(), one.s()).delay().get(timeout=10))

whole = one.s(0)
for n in range(3):
    whole |= two.s(n)
record("loop", value=whole.delay().get(timeout=10))
steps = [one.s("a")]
steps.extend(two.s(n) for n in range(2))
record("list", value=chain(*steps).delay().get(timeout=10))
record("reduced", value=reduce(operator.or_, steps).delay().get(timeout=10))
record("twice", value=[chain(steps)().get(timeout=10) for _ in range(2)])
record("given", value=chain(two.s(5), one.s()).apply_async((4,)).get(timeout=10))
record("given later", value=chain(two.s(), one.s()).delay(3, y=6).get(timeout=10))

result = chain(one.s(1), fails.s(), one.s()).delay()
try:
    result.get(timeout=10)
except KeyError as error:
    record("failed", text=str(error), state=result.state, parent=result.parent.state)
    record("before", value=result.parent.parent.get(timeout=10))
chosen = chain(one.s(1), one.s()).apply_async(task_id="chosen-id")
record("chosen", value=chosen.get(timeout=10), id=chosen.id)
chain(one.s("later"), one.s().set(countdown=2)).apply_async(countdown=2).get(timeout=20)
record("done")
