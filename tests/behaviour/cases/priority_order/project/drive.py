from tasks import bulk, urgent

for n in range(30):
    bulk.delay(n)
urgent.delay()
