from datetime import timedelta

SECRET_KEY = "not-so-secret"
INSTALLED_APPS = ["shop.orders"]
USE_TZ = True
CELERY_BROKER_URL = "redis://localhost:6379/0"
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "shop.orders.tasks.sweep",
        "schedule": timedelta(seconds=2),
        "args": (7,),
        "options": {"expires": 60},
    },
}
