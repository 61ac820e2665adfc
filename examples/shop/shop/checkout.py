"""What a customer does."""

import itertools

import shop.mail as m
from shop import place_order, tasks
from shop.tasks import remind

REMIND_AFTER = 2
_numbers = itertools.count(1)


def buy(customer, basket, gift=False):
    number = next(_numbers)
    for item, quantity in basket.items():
        place_order.delay(number, item, quantity=quantity)
    m.send.delay(customer, "Thank you", order=number, gift=gift)
    remind.apply_async((customer,), countdown=REMIND_AFTER)


def cancel(order_id, customer):
    tasks.cancel.delay(order_id)
    tasks.send_mail.apply_async(args=[customer], kwargs={"subject": "Cancelled"}, countdown=1)
