from tasks import north, south, stays, tied

for task in (north, south):
    task.delay(1)
for other in [stays, tied]:
    other.delay(2)
stays.chunks([(3,)], 1).apply_async()
