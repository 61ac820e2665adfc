from tasks import slow

for _ in range(4):
    slow.delay()
