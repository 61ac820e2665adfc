#!/bin/sh
exec celery -A tasks worker -c 1
