from celery import signals
from celery.signals import (
    task_failure,
    task_postrun,
    task_prerun,
    task_retry,
    task_revoked,
    task_success,
)
from trace import record


@task_prerun.connect
def starts(sender, task_id, task, args, kwargs, **_):
    same = sender.name == task.name and task.request.id == task_id
    record("prerun", name=task.name, args=list(args), kwargs=kwargs, same=same)


@task_postrun.connect(weak=False)
def ended(sender=None, task_id=None, state=None, retval=None, **kwargs):
    kind = type(retval).__name__ if isinstance(retval, Exception) else retval
    kind = "skipped" if state == "IGNORED" else kind
    record("postrun", name=sender.name, state=state, kind=kind, retries=sender.request.retries)


@signals.task_success.connect()
def succeeds(sender, result, **kwargs):
    record("success", name=sender.name, result=result, quick=kwargs["runtime"] < 60)


@task_failure.connect
def fails(sender, task_id, exception, args, kwargs, traceback, einfo, **_):
    record(
        "failure",
        name=sender.name,
        exception=repr(exception),
        args=list(args),
        kwargs=kwargs,
        same=task_id == sender.request.id,
        traced=traceback is not None,
        last=einfo.traceback.strip().splitlines()[-1],
        info=einfo.exc_info[0].__name__,
    )


@task_failure.connect
def breaks(**kwargs):
    raise RuntimeError("a receiver")


@task_retry.connect(dispatch_uid="retries")
def again(sender, request, reason, einfo, **kwargs):
    record("retry", name=sender.name, n=request.retries, exc=repr(reason.exc), info=str(einfo) != "")


@task_retry.connect(dispatch_uid="retries")
def never(**kwargs):
    record("never")


def revoked(sender=None, request=None, expired=None, **kwargs):
    record("revoked", name=sender.name, expired=expired, args=list(request.args))


task_revoked.connect(revoked)
task_prerun.connect(lambda **kwargs: record("never"))


class Counter:
    def local(self):
        @task_prerun.connect
        def lost(**kwargs):
            record("never")


Counter().local()
