from shop.celery import celery
from shop.tasks import pack, ship

pack.delay(1)
ship.delay(2)
