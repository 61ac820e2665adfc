from tasks import duplicate, poison, twice

duplicate.delay(1)
poison.delay(2)
twice.delay(3)
