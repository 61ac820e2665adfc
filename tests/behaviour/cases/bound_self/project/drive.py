from tasks import both, count, flaky, named

count.delay(2)
flaky.delay()
both.delay()
named.delay(1)
