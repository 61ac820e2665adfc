SECRET_KEY = "not-so-secret"
INSTALLED_APPS = ["shop.orders"]
USE_TZ = True
CELERY_BROKER_URL = "redis://localhost:6379/0"
