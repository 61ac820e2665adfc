from tasks import count, plan

plan.delay(["a", "b"])
count.delay(2)
