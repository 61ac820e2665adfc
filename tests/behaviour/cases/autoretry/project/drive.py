from tasks import fetch, other_error

fetch.delay("http://example.org")
other_error.delay()
