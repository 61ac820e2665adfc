from tasks import add, bad, flaky, mail
from trace import record

record("sent")
add.delay(1, 2)
mail.apply_async(("a@example.org",), countdown=3)
bad.delay()
flaky.delay()
add.apply_async((3, 4), queue="mail")
add.signature((5, 6)).set(queue="mail").delay()
