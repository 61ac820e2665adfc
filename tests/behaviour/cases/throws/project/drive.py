from tasks import get, parse

get.delay("k")
parse.delay("x")
