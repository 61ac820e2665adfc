from tasks import heavy, light

heavy.delay()
light.delay(1)
