from tasks import look

look.delay()
