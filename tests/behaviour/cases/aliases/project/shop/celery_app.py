from celery import Celery

app = Celery("shop", broker="redis://localhost:6379/0", include=["shop.mail", "shop.stock"])
