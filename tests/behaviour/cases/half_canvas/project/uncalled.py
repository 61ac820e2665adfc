from tasks import uncalled


def run_uncalled():
    for job in map(uncalled.s, [1, 2]):
        job.delay()
