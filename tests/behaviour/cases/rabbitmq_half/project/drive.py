from tasks import fetch, urgent

urgent.delay(1)
fetch.delay(2)
fetch.apply_async((3,), expires=1, countdown=2)
