import tasks
from other import fifth, sixth

tasks.first.delay()
tasks.second.delay(2)
tasks.third.delay(3)
tasks.fourth.delay(4)
fifth.apply_async((5,))
sixth.delay()
