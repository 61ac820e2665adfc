from shop import tasks
from shop.tasks import collect, mail, pack


def order(number):
    sent = mail.delay(number)
    return sent.id


def remind(number):
    mail.delay(number, copies=2)


def remind_all(numbers):
    for number in numbers:
        tasks.mail.delay(number)


def ship(number):
    pack.apply_async((number,), countdown=60)


def ship_now(number):
    pack.apply_async(args=[number])


def ship_late(number, minutes):
    pack.apply_async(args=[number], countdown=minutes * 60)


def bill(number, paid):
    if not paid:
        collect.delay(number)


def bill_late(number):
    tasks.collect.apply_async((number,), countdown=3600)


def bill_twice(number):
    collect.apply_async(kwargs={"order": number}, countdown=1.5)


def thank(number):
    tasks.mail.apply_async((number,), {"copies": 1}, countdown=5)
