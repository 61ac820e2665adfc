import tasks
from other import eighth, fifth, sixth

tasks.first.delay()
tasks.second.delay(2)
tasks.third.delay(3)
tasks.fourth.delay(4)
fifth.apply_async((5,))
sixth.delay()
tasks.seventh.delay()
eighth.delay()
