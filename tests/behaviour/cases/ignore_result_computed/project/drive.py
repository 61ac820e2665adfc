from results import count
from tasks import ignored

ignored.delay(1)
count(1)
