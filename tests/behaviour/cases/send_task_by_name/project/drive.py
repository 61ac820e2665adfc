from tasks import app
from trace import record

record("sent")
app.send_task("tasks.add", args=[1], kwargs={"y": 2})
app.send_task("tasks.add", (2, 2))
app.send_task("tasks.add", args=(3,), countdown=3)
