from tasks import one, reports, two, wrapped

one.delay(1)
one.delay(2)
two.delay()
wrapped.delay("x")
reports.delay()
