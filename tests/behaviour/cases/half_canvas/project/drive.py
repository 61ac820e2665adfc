from errors import run_risky
from frozen import run_frozen
from tasks import iterated, plain, takes_signature
from prioritised import run_prioritised
from uncalled import run_uncalled

plain.delay(1)
run_risky()
iterated.chunks([(1,), (2,)], 1).apply_async()
iterated.delay(0)
iterated.map([3]).delay()
iterated.starmap([(4,)]).delay()
run_frozen()
run_uncalled()
run_prioritised()
