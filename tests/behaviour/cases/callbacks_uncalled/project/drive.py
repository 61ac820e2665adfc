from functools import partial
from threading import Thread

from commit import on_commit
from tasks import index, notify

on_commit(partial(index.delay, 1))
on_commit(partial(index.delay, 2, full=True))
on_commit(lambda: notify.delay(3))
for callback in [index.delay, notify.delay]:
    callback(4)
Thread(target=notify.delay, args=(6,)).start()
