from tasks import again, count, fail
from trace import record

ids = {"count": count.delay(3).id, "again": again.delay().task_id, "fail": fail.delay().id}
record("sent")
with open("ids.txt", "w") as file:
    file.write(" ".join(ids.values()))
