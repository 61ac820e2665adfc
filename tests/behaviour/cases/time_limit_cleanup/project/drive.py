from tasks import hang

hang.delay()
