from tasks import asks, first, second, slow, third

first.delay()
second.delay()
third.delay()
asks.delay()
slow.delay()
