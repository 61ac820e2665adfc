from tasks import one

one.delay(1)
