from tasks import moves, stays

moves.delay()
stays.delay()
