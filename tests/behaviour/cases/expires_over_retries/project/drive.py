from tasks import patient, retried, sent_with

retried.delay()
sent_with.apply_async(expires=2)
patient.delay()
