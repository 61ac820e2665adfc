from tasks import limited, unlimited

limited.delay()
unlimited.delay()
