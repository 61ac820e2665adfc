from tasks import bad, good

good.delay()
bad.delay()
