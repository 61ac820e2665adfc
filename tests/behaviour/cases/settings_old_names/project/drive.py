from tasks import slow

slow.delay()
