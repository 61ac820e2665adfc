from tasks import fetch

fetch.delay()
