from tasks import render

render.apply_async((1,), soft_time_limit=1)
