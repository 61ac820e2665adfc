from tasks import ask

for n in range(3):
    ask.delay(n)
