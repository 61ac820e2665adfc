from tasks import audit, clean, send

audit.delay(1)
send.delay(1)
clean.delay(1)
