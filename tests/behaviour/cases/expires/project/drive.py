import time

from tasks import run, short_lived

run.apply_async(("expired",), expires=1)
run.apply_async(("patient",), expires=600)
run.delay("no limit")
short_lived.delay("expired by its task")
short_lived.apply_async(("its call is patient",), expires=600)
time.sleep(2.5)
