from tasks import Report, add, app, ask, counter, fetch

assert add(1, 2) == 3
add.delay(3, 4)
app.send_task("add", (5, 6))
counter.delay(step=1)
counter.apply_async(kwargs={"step": 1})
ask.delay("x")
fetch.apply_async(("y",), countdown=1)
Report.delay()
app.send_task("tasks.Silent")
