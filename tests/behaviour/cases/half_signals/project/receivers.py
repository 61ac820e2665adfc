from celery.signals import task_failure, task_postrun
from trace import record


@task_postrun.connect(weak=False)
def ended(sender, state, **kwargs):
    record("ended", name=sender.name, state=state)


@task_failure.connect
def failed(sender, exception, **kwargs):
    record("failed", name=sender.name, exception=repr(exception))


def also(sender, **kwargs):
    record("also", name=sender.name)


task_postrun.connect(also, dispatch_uid="also")
