import time

from tasks import add, bad, flaky, grouped, long, mail
from trace import record

record("sent")
add.delay(1, 2)
mail.apply_async(("a@example.org",), countdown=3)
bad.delay()
flaky.delay()
grouped.apply_async(MessageGroupId="a")
time.sleep(6)  # nothing else has to wait behind it
long.delay()
