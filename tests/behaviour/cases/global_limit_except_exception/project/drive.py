from tasks import render

render.delay(1)
