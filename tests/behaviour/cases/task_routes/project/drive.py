from tasks import slow, urgent

urgent.delay(1)
slow.delay(2)
