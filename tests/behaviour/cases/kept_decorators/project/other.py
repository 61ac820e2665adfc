import tasks
from tasks import job
from trace import record


@job
def fifth(self, number):
    record("fifth", number=number, n=self.request.retries, name=self.name)


@tasks.retried
def sixth():
    record("sixth")
