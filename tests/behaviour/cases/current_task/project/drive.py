from tasks import fetch, named, store

fetch.delay("a")
store.delay("b")
named.delay()
