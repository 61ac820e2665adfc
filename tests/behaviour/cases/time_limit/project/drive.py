from tasks import after, hang

hang.delay(1)
after.delay()
