#!/bin/sh
exec celery -A tasks worker -c 2
