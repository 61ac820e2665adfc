"""The behaviour bench: runs a project on Celery and on Dramatiq and says where they differ."""
