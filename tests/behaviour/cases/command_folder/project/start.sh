#!/bin/sh
exec celery --workdir jobs -A tasks worker -c 1 -l info
