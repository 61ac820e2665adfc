SECRET_KEY = "not-so-secret"
INSTALLED_APPS = ["shop.orders"]
USE_TZ = True
TIME_ZONE = "UTC"
CELERY_BROKER_URL = "redis://localhost:6379/0"
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "shop.orders.tasks.sweep", "schedule": 3},
    "morning": {"task": "shop.orders.tasks.held", "schedule": 2, "args": (1,)},
}
