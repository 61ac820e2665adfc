from tasks import fetch

fetch.delay("http://example.org")
