import dramatiq
import broker
from trace import record


@dramatiq.actor(actor_name="tasks.audit")
def audit():
    record("audited")
