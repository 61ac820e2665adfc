from tasks import coroutine, plain

coroutine.delay(2)
plain.delay(1)
