from tasks import attribute, imported, never

imported.delay(1)
attribute.delay(2)
never.delay()
