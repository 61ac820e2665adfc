"""Sends, after the program of before the migration has sent."""

from legacy import send_as_before
from tasks import audit, mail

send_as_before("tasks.mail", ["old@example.org"], queue="mail")
mail.delay("new@example.org")
audit.apply_async(("sent",), countdown=2)
