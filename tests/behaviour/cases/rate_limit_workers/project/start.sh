celery -A tasks worker -c 1 -n one@%h &
celery -A tasks worker -c 1 -n two@%h &
wait
