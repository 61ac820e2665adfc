from tasks import work

for _ in range(3):
    work.delay()
