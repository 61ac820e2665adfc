from tasks import bulk, urgent

for n in range(3):
    bulk.delay(n)
    urgent.delay(n)
