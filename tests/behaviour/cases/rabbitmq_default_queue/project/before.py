"""What a program of before the migration does: declares the queue as Celery does, and sends."""

import json
import uuid

import pika

NAME = "mail"


def send_mail(to):
    properties = pika.BasicProperties(
        content_type="application/json",
        content_encoding="utf-8",
        correlation_id="old",
        headers={"lang": "py", "task": f"tasks.{NAME}", "id": str(uuid.uuid4())},
    )
    url = pika.URLParameters("amqp://guest:guest@localhost:5672/%2F")
    with pika.BlockingConnection(url) as connection:
        channel = connection.channel()
        channel.exchange_declare(NAME, durable=True)
        channel.queue_declare(NAME, durable=True)
        channel.queue_bind(NAME, NAME, NAME)
        channel.basic_publish(NAME, NAME, json.dumps([[to], {}, {}]).encode(), properties)
