from tasks import fetch, none_given, other_error

fetch.delay("http://example.org")
other_error.delay()
none_given.delay()
