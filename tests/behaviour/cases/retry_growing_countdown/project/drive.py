from tasks import sync

sync.delay()
