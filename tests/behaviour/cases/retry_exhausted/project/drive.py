from tasks import sees_error, with_error, without_error

with_error.delay()
without_error.delay()
sees_error.delay()
