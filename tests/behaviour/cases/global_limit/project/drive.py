from tasks import limited, longer, unset

limited.delay("quick", 0)
limited.delay("slow", 5)
longer.delay("own limit", 2.5)
limited.apply_async(("called with more", 2.5), soft_time_limit=60)
longer.apply_async(("called with less", 5), soft_time_limit=1)
unset.delay("no limit of its own", 5)
