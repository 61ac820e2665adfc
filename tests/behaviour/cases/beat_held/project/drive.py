from tasks import moves, own, zoned

own.delay()
zoned.delay()
moves.delay()
