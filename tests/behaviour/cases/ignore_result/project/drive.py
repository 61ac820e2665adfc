from results import count
from tasks import ignored, kept

ignored.delay(1)
ignored.apply_async((2,), ignore_result=False)
kept.delay(3)
kept.apply_async((4,), ignore_result=True)
count(4)
