from tasks import get

get.delay("k")
