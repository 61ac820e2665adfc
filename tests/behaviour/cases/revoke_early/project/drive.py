from tasks import run

run.delay("revoked").revoke()
run.delay("kept")
