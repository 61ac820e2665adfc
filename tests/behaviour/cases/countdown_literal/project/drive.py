from tasks import run
from trace import record

record("sent")
run.apply_async(args=("later",), countdown=3)
run.apply_async(("half",), countdown=2.5)
run.apply_async(("now",), countdown=0)
