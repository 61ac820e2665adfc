import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
django.setup()

from shop.orders.tasks import limited, ship

ship.delay("A-1")
limited.delay("A-2")
