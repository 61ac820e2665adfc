import time

from tasks import add, asks, fails, ignores, late, other, tries

late.apply_async(expires=0.01)
add.delay(1, 2)
add.delay(3, y=4)
fails.delay("k")
tries.delay("v")
asks.delay()
other.delay()
ignores.delay()
