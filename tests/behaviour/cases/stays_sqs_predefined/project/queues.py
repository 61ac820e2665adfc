"""The queue that somebody else has made."""

import boto3

SERVER = "localhost:9324"
URL = boto3.client(
    "sqs",
    endpoint_url=f"http://{SERVER}",
    region_name="us-east-1",
    aws_access_key_id="key",
    aws_secret_access_key="secret",
).create_queue(QueueName="celery")["QueueUrl"]
