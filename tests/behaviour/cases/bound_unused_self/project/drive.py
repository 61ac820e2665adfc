from tasks import greet, leave

greet.delay("ann", greeting="hi")
leave.apply_async(args=["bob"])
