from tasks import resize

resize.delay(1)
resize.apply_async(args=[2], queue="bulk")
resize.apply_async((3,), queue="celery")
