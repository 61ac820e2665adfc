from tasks import load

load.delay("not a number")
load.delay("12")
