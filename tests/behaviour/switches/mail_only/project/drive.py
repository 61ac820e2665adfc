from tasks import mail

mail.delay("a@example.org")
