from tasks import north, south, stays, tied

for task in (north, south):
    task.delay(1)
for other in [stays, tied]:
    other.delay(2)
stays.s(3).delay()
