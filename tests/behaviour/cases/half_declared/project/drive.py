from tasks import (
    app,
    computed,
    coroutine,
    hooked,
    limited,
    listed,
    plain,
    queued,
    transient,
    two_limits,
    until,
    wrapped,
)

plain.delay()
queued.delay()
app.send_task("tasks.inner")
wrapped.delay()
listed.delay()
coroutine.delay()
computed.delay()
two_limits.delay()
until.delay()
transient.delay()
limited.delay()
hooked.delay()
