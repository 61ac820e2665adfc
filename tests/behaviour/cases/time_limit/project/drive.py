from tasks import after, hang, limited, retried

hang.delay(1)
retried.delay()
limited.delay()
after.delay()
