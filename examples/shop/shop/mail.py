from celery import shared_task

from shop import ledger


@shared_task(queue="mail")
def send(to, subject, **values):
    """Send a mail made of a subject and whatever its template needs."""
    ledger.write("mail sent", to=to, subject=subject, values=values)


@shared_task(name="mail.remind", queue="mail")
def remind(to):
    ledger.write("customer reminded", to=to)
