from tasks import add

add.delay(1, 2)
add.apply_async((3, 4), countdown=1)
