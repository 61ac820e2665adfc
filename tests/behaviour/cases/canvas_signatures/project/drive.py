import functools

import tasks
from celery import chain, group, signature
from tasks import app, any_number, itself, keyword, one, slow, three, two
from trace import record


def make(x):
    return one.s(x)


def run(job, *args):
    return job.delay(*args).get(timeout=10)


def on_commit(callback):
    callback()


class Job:
    step = two.s(5)

    def __init__(self):
        self.last = one.s()
        self.steps = {"a": one.s(1), "b": two.s(y=6)}

    def run(self):
        return chain(self.steps["a"], self.step, self.steps["b"], self.last).delay()


partial = two.s(5)
record("partial", value=partial.delay(1).get(timeout=10))
record("again", value=partial.apply_async((2,)).get(timeout=10), args=list(partial.args))
record("keywords", value=keyword.s(1, k=2).delay(k=7).get(timeout=10))
record("immutable", value=one.si(1).delay().get(timeout=10))
record("ignored", value=two.si(1).apply_async((8, 9)).get(timeout=10))
record("returned", value=run(make(3)), other=run(tasks.one.s(), 4))
record("clone", value=partial.clone((7,)).delay().get(timeout=10))
record("object", value=Job().run().get(timeout=10))
record("signature", value=three.signature((2,), {"z": 3}).delay(1).get(timeout=10))
record("subtask", value=two.subtask((1,), immutable=True).delay(5).get(timeout=10))
record("by name", value=signature("tasks.two", args=(1,), kwargs={"y": 4}).delay().get(timeout=10))
record("of the app", value=app.signature("tasks.one", args=(1,)).delay().get(timeout=10))
record("called", value=two.s(5)(1), name=two.s(5).task)
on_commit(one.s("launched").delay)
on_commit(functools.partial(one.s().apply_async, ("partial",)))
on_commit(lambda: chain(one.s("lambda"), one.s()).delay())

linked = one.s("linked")
linked.link(two.s("callback"))
linked.link(any_number.si("immutable callback"))
record("linked", value=linked.delay().get(timeout=10))
two.apply_async((1,), {"y": 2}, link=one.s())
two.apply_async(args=(3,), link=[one.s(), three.s(4, 5)], countdown=1)

record("chosen", id=one.apply_async(("chosen",), task_id="my-id").id)
record("by position", value=two.apply_async((1,), {"y": 0}, "other-id").get(timeout=10))

record("sent")
slow.s("set").set(countdown=2).delay()
slow.signature(("given",), countdown=9).apply_async(countdown=3)
slow.s("never").set(expires=1).apply_async(countdown=2)
itself.delay(1)
record("group", value=group(make(n) for n in range(2))().get(timeout=10))
record("done")
