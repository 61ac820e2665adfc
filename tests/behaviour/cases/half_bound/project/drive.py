from tasks import again, asked, caught, delivered, handed, limits, perhaps, plain, same_name, starred

plain.delay()
again.delay(1)
starred.delay(2)
same_name.delay(3)
delivered.delay()
limits.delay()
caught.delay()
asked.delay()
perhaps.delay()
handed.delay()
