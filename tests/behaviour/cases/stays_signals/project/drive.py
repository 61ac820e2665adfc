from tasks import add

add.delay(1, 2)
