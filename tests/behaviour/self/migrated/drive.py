import audits
import tasks
from trace import record

tasks.subtract.send(5, 3)
tasks.fail.send()
record("later sent")
tasks.later.send_with_options(delay=3000)
tasks.mail.send("a@example.org")
tasks.long.send()
tasks.flaky.send()
tasks.first.send()
audits.audit.send()
for name in ("x", "x"):
    tasks.mail.send(name)
