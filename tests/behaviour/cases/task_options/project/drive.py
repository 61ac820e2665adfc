from tasks import fetch, log, save

send = save.delay
send("a")
send("b")
start = fetch.delay
for url in "cd":
    start(url=url)


def store(url):
    save.delay(url)
    save.apply_async((url + "2",), ignore_result=True)


store("e")
log.delay("f")
try:
    log("g")
except KeyError:
    save.delay("h")
