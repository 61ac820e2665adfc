from before import send_mail
from tasks import audit, mail

send_mail("old@example.org")
mail.delay("new@example.org")
audit.apply_async(("sent",), countdown=2)
