from results import count
from tasks import duplicate

duplicate.delay(1)
count(1)
