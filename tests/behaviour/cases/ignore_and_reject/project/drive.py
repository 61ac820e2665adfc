from tasks import duplicate, poison

duplicate.delay(1)
poison.delay(2)
