#!/bin/sh
THREADS=2
exec celery -A tasks worker --pool=threads -c $THREADS -l info
