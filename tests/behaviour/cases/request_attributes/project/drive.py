from tasks import run

run.delay("x")
