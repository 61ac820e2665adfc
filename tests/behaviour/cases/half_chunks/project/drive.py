from tasks import flaky, notify, scale

notify.delay("a")
flaky.delay()
scale.chunks([(1, 10), (2, 10)], 2).apply_async()
scale.delay(3, factor=10)
