from tasks import fetch, mail, pack

pack.delay(1)
fetch.delay()
mail.delay("you")
