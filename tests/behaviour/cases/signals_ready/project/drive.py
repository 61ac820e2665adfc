import time

from tasks import look

time.sleep(1)
look.delay()
