from datetime import datetime, timedelta, timezone

from tasks import mail, run
from trace import record

record("sent")
now = datetime.now(timezone.utc)
run.apply_async(("aware",), eta=now + timedelta(seconds=3))
run.apply_async(("naive",), eta=now.replace(tzinfo=None) + timedelta(seconds=3))
east = timezone(timedelta(hours=9))
run.apply_async(("zone",), eta=now.astimezone(east) + timedelta(seconds=3))
run.apply_async(("past",), eta=now - timedelta(hours=1))
run.apply_async(("expired",), countdown=3, expires=datetime.now(timezone.utc) + timedelta(seconds=1))
run.apply_async(("patient",), expires=datetime.now() + timedelta(days=2))
mail.apply_async(queue="mail", headers={"tenant": "a"})
mail.apply_async(retry=False, shadow="m", ignore_result=True)
result = run.apply_async(("id",), eta=None, expires=None)
record("identified", known=len(result.id) == len(result.task_id) == 36, name=run.name)
