import shop.mail
import shop.mail as m
from celery.utils.functional import chunks
from shop import tasks
from shop.tasks import hold, send_mail as post


def later():
    from shop.stock import reserve

    for names in chunks(iter(["apple"]), 2):
        reserve.delay(*names)


shop.mail.send.delay("a")
m.send.delay("b", subject="s")
tasks.send_mail.delay("c")
post.apply_async(args=["d"])
tasks.reserve.delay("pear")
hold.delay("fig")
later()
