from tasks import charge, refund

charge.delay(5)
refund.delay(amount=6)
