from celery.exceptions import TaskRevokedError, TimeoutError
from tasks import Refused, add, divide, ignored, nothing, price, refuse, slow, unwritable, waits
from trace import record

first = add.delay(1, 2)
record("got", value=first.get(timeout=10), again=first.get(), same_id=first.id == str(first))
record("state", state=first.state, status=first.status, ready=first.ready(), ok=first.successful())
record("result", result=first.result, info=first.info, failed=first.failed())
record("none", value=nothing.delay().get(timeout=10))
found = price.delay().get(timeout=10)
record("price", price=str(found["price"]), kind=type(found["price"]).__name__, parts=found["parts"])

refused = refuse.delay(7)
try:
    refused.get(timeout=10)
except Refused as error:
    record("refused", code=error.code, args=list(error.args))
record("refused state", state=refused.state, failed=refused.failed(), ok=refused.successful())
record("refused result", result=repr(refused.result), kind=type(refused.result).__name__)
returned = refused.get(propagate=False)
record("returned", kind=type(returned).__name__, args=list(returned.args))
try:
    divide.delay(1, 0).get(timeout=10, interval=0.1)
except ZeroDivisionError as error:
    record("zero", text=str(error))

late = slow.apply_async((3,))
try:
    late.get(timeout=0.3)
except TimeoutError as error:
    record("late", text=str(error), state=late.state, result=late.result, ready=late.ready())
record("slow", value=late.get(timeout=10))

try:
    unwritable.delay().get(timeout=10)
except Exception as error:
    record("unwritable", kind=type(error).__name__)
record("ignored result", value=ignored.delay().get())
record("inside", value=waits.delay().get(timeout=10))

results = [add.delay(n, n) for n in range(2)]
record("all", values=[result.get(timeout=10) for result in results])
first.forget()
record("forgotten", state=first.state, value=first.result)
record("formatted", same=f"{first}" == first.id, equal=first == first.id, tested=bool(first))

try:
    add.apply_async((9, 9), countdown=2, expires=1).get(timeout=20)
except TaskRevokedError as error:
    record("expired", text=str(error))
