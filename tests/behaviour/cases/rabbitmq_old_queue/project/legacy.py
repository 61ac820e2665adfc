"""What a program of before the migration does: declares Celery's queue and sends to it."""

import uuid

from kombu import Connection, Exchange, Queue


def send_as_before(task, args, queue):
    declared = Queue(queue, Exchange(queue), routing_key=queue)
    with Connection("pyamqp://guest@localhost//") as connection:
        connection.Producer().publish(
            [args, {}, {}],
            routing_key=queue,
            exchange=declared.exchange,
            declare=[declared],
            headers={"lang": "py", "task": task, "id": str(uuid.uuid4())},
            correlation_id=str(uuid.uuid4()),
            serializer="json",
        )
