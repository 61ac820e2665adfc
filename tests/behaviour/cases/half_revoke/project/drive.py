from tasks import asked, plain, revoked

plain.delay()
revoked.apply_async(("not run",), countdown=2).revoke()
revoked.delay("run")
asked.apply_async(("not run",), countdown=2).revoke(wait=True, timeout=1)
asked.delay("run")
