from tasks import audit, mail

mail.delay("a@example.org")
mail.apply_async(kwargs={"to": "b@example.org"})
audit.delay("sent")
