from tasks import add, asks, fails, ignores, plain, rejects, tries, waits

add.delay(1)
add.delay(2, y=3)
add.delay("not today")
fails.delay("k")
tries.delay("v")
asks.delay("o")
waits.delay()
ignores.delay()
rejects.delay()
plain.delay()
