from celery import Task
from trace import record


class Recorded(Task):
    """Writes down what it is told."""

    abstract = True

    def before_start(self, task_id, args, kwargs):
        same = task_id == self.request.id
        record("before", name=self.name, args=list(args), kwargs=kwargs, same=same)
        if args[:1] == ["not today"]:
            raise RuntimeError("not today")

    def on_success(self, retval, task_id, args, kwargs):
        same = task_id == self.request.id
        record("success", name=self.name, args=list(args), retval=retval, same=same)

    def on_failure(self, exc, task_id, args, kwargs, einfo):
        record(
            "failure",
            name=self.name,
            args=list(args),
            exc=repr(exc),
            type=einfo.type.__name__,
            same=einfo.exc_info[1] is not None,
            last=str(einfo).strip().splitlines()[-1],
            retries=self.request.retries,
        )

    def on_retry(self, exc, task_id, args, kwargs, einfo):
        record("retried", name=self.name, exc=repr(exc), retries=self.request.retries)


class Closed(Recorded):
    def after_return(self, status, retval, task_id, args, kwargs, einfo):
        record("returned", name=self.name, status=status, retval=repr(retval), einfo=einfo)
        super().after_return(status, retval, task_id, args, kwargs, einfo)
