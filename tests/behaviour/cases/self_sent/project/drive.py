from tasks import again, limited

again.delay(0)
limited.delay()
