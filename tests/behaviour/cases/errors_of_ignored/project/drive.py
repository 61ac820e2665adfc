from results import count
from tasks import broken

broken.delay(1)
count(1)
