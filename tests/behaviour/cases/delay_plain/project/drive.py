from tasks import add

add.delay(5, 3)
add.delay(1, y=2)
