from celery import chain, chord, group
from tasks import again, any_number, fails, keyword, one, seen, silent, three, two
from trace import record

record("called", value=chord([one.s(1), two.s(2)])(one.s()).get(timeout=10))
record("whole", value=chord(group(one.s(n) for n in range(3)), two.s(5)).delay().get(timeout=10))
record("piped", value=(group(one.s(1), two.s(2)) | keyword.s(k=4)).delay().get(timeout=10))
record("between", value=(one.s(1) | group(one.s(), two.s(3)) | three.s(5, 6)).delay().get(timeout=10))
record("chain", value=chain(one.s(1), group(one.s(), one.s()), one.s(), two.s(7)).delay().get(timeout=10))
record("none", value=chord([seen.s(1), seen.s(2)], any_number.s(3)).delay().get(timeout=10))
record("retried", value=chord([again.s(1), one.s(2)])(one.s()).get(timeout=10))
record("chains", value=chord([one.s(1) | two.s(2), one.s(3)])(one.s()).get(timeout=10))
record("single", value=chord([one.s(1)])(one.s()).get(timeout=10))
record("empty", value=chord([])(one.s()).get(timeout=10))
record("immutable", value=chord([one.s(1), one.s(2)])(two.si(8)).get(timeout=10))
record("two bodies", value=(chord([one.s(1), one.s(2)], one.s()) | two.s(3)).delay().get(timeout=10))
record("groups", value=(group(one.s(1), one.s(2)) | group(one.s(), two.s(3))).delay().get(timeout=10))
record("ignored", value=chord([silent.s(1), one.s(2)])(one.s()).get(timeout=10))
record("nested", value=chord([chord([one.s(1), one.s(2)], one.s()), one.s(3)])(one.s()).get(timeout=10))
body = chord([one.s(n) for n in range(4)])(any_number.s(0))
record("parents", value=body.get(timeout=10), header=sorted(body.parent.get(timeout=10)))

failing = chord([one.s(1), fails.s(2)])(one.s())
try:
    failing.get(timeout=10, follow_parents=False)
except Exception as error:
    record("failed", kind=type(error).__name__, state=failing.state, raised="KeyError" in str(error))
try:
    failing.get(timeout=10)
except KeyError as error:
    record("of the header", text=str(error))
record("done")
