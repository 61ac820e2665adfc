from tasks import frozen, sent_along, takes_signature


def run_frozen():
    job = frozen.s()
    job.freeze()
    job.delay()
    takes_signature.delay(sent_along.s())
    sent_along.delay()
