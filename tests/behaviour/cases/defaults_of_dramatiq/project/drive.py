from tasks import broken

broken.delay()
