from tasks import one, three, two


def launch(first):
    sender = one.delay if first else two.delay
    sender(1)
    task = one if first else two
    task.delay(2)
    task = task or three
    task.apply_async((3,))


def call(first):
    run = two.delay if first else two
    run(4)


def loop():
    for task in (one, two):
        task.delay(5)
    for task in (two, three):
        task.apply_async((6,), countdown=1)


launch(True)
launch(False)
call(True)
loop()
