from tasks import order

arguments = ["plums", 6]
options = {"count": 7}
LATER = {"countdown": 1, "expires": 60, "retry": True}

order.apply_async()
order.apply_async(("apples", 2))
order.apply_async(["pears", 3])
order.apply_async(("figs",), {"count": 4})
order.apply_async(args=["nuts"], kwargs={"count": 5})
order.apply_async(args=arguments)
order.apply_async(None, options)
order.apply_async(kwargs=dict(options, item="kiwis"), args=())
order.apply_async(("limes",), **LATER)
order.apply_async(("dates",), **{"kwargs": {"count": 8}, "expires": None})


def send():
    given = dict(args=("plums", 9), countdown=0)
    order.apply_async(**given)


send()
