from tasks import add, twice

add.delay(1, 2)
twice.delay(4)
