import time

import dramatiq
import audits  # declares an actor
from broker import Again, only_again
from dramatiq.middleware import CurrentMessage, TimeLimitExceeded
from trace import record


@dramatiq.actor(actor_name="tasks.subtract")
def subtract(x, y):
    record("difference", value=x - y)


@dramatiq.actor(actor_name="tasks.fail", max_retries=0)
def fail():
    record("failing")
    raise ValueError("once")


@dramatiq.actor(actor_name="tasks.later")
def later():
    record("later ran")


@dramatiq.actor(actor_name="tasks.mail", queue_name="mail")
def mail(to):
    record("mail", to=to)


@dramatiq.actor(actor_name="tasks.long", time_limit=1000)
def long():
    try:
        for _ in range(30):
            time.sleep(0.1)
        record("long ended")
    except TimeLimitExceeded:
        record("long stopped")


@dramatiq.actor(actor_name="tasks.flaky", retry_when=only_again(1))
def flaky():
    record("attempt", n=CurrentMessage.get_current_message().options.get("retries", 0))
    raise Again("again", delay=3000)


@dramatiq.actor(actor_name="tasks.first")
def first():
    record("first")
    second.send()


@dramatiq.actor(actor_name="tasks.second")
def second():
    record("second")
