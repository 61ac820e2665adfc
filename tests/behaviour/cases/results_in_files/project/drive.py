import os
import time

from tasks import RESULTS, add
from trace import record

add.delay(1, 2)
end = time.monotonic() + 8
while not os.listdir(RESULTS) and time.monotonic() < end:
    time.sleep(0.1)
record("stored", files=len(os.listdir(RESULTS)))
