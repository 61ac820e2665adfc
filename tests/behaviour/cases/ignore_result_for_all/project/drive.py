from results import count_lasting
from tasks import ignored, kept

ignored.delay(1)
kept.delay(2)
count_lasting(2, 3600)
