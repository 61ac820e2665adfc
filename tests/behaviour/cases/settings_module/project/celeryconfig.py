try:
    from local_celeryconfig import *
except ImportError:
    pass

broker_url = "redis://localhost:6379/0"
result_backend = "redis://localhost:6379/1"
task_default_queue = "bells"
task_soft_time_limits = 1
CELERY_TASK_SOFT_TIME_LIMIT = 1
