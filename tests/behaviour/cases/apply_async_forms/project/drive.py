from tasks import order

arguments = ["plums", 6]
options = {"count": 7}

order.apply_async()
order.apply_async(("apples", 2))
order.apply_async(["pears", 3])
order.apply_async(("figs",), {"count": 4})
order.apply_async(args=["nuts"], kwargs={"count": 5})
order.apply_async(args=arguments)
order.apply_async(None, options)
order.apply_async(kwargs=dict(options, item="kiwis"), args=())
