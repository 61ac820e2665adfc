from tasks import add, print_, show, twice

add.delay(1, y=2)
twice.delay(5)
show.delay(6)
print_.delay(7)
