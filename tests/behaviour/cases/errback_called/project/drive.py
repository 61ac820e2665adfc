import time

from tasks import broken, called, divide
from trace import record

divide.apply_async((1, 0), link_error=called.s())
divide.apply_async((2, 0), link_error=broken.s())
time.sleep(1)
record("end")
