import tasks
from tasks import job, task
from trace import record


@job
def fifth(self, number):
    record("fifth", number=number, n=self.request.retries, name=self.name)


@tasks.retried
def sixth():
    record("sixth")


@task
def eighth():
    record("eighth", name=eighth.name)
