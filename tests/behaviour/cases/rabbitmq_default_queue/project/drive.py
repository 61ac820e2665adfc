from before import send_mail
from tasks import audit, mail

send_mail("old@example.org")
mail.delay("new@example.org")
audit.delay("sent")
