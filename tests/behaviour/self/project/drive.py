import tasks
from trace import record

tasks.subtract.delay(5, 3)
tasks.fail.delay()
record("later sent")
tasks.later.apply_async(countdown=3)
tasks.mail.delay("a@example.org")
tasks.long.delay()
tasks.flaky.delay()
tasks.first.delay()
tasks.audit.apply_async(args=())
for name in ("x", "x"):
    tasks.mail.delay(name)
