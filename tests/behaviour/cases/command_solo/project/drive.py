from tasks import hold

for n in range(2):
    hold.delay(n)
