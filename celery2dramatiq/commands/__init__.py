"""Commands that start Celery: understood, found in the project's files, and put in other words."""
