from tasks import app, count, counting, failing, greeting, named

assert count(1) == 2
counting.apply_async((1,), {"step": 5}, countdown=1)
greeting.delay("greeting")
named.delay("named")
app.send_task("tasks.greet", ("by name",))
failing.delay()
