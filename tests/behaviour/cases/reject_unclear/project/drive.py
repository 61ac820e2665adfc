from tasks import plain, poison

plain.delay(1)
poison.delay(2)
