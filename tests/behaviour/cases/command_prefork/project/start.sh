#!/bin/sh
exec celery -A tasks worker \
    --loglevel=INFO \
    --concurrency=2
