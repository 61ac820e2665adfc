from celery import shared_task
from flask import current_app
from trace import record


@shared_task
def stock(level):
    record("stock", level=level, shop=current_app.config["SHOP_NAME"])
