from tasks import fewer, more, unlimited

fewer.delay()
more.delay()
unlimited.delay()
