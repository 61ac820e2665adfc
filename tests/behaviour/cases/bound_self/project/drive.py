from tasks import both, count, flaky

count.delay(2)
flaky.delay()
both.delay()
