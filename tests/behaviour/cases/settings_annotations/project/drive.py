from tasks import failing, quick, slow

failing.delay()
slow.delay()
quick.delay()
