from tasks import broken, exits, limited

broken.delay(7)
limited.delay(8)
exits.delay()
