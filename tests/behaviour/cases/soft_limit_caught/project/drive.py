from tasks import quick, render

render.delay(1)
quick.delay(2)
