from tasks import collect, resize

SIZES = {"width": 320, "height": 200}

resize.delay("a.png")
resize.delay("b.png", height=600)
resize.delay(path="c.png", **SIZES)
collect.delay()
collect.delay(1, 2.5, None, True, "é", [1, [2]], name={"nested": {"list": []}})
