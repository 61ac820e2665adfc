from celery import chain
from tasks import after, bound, cleanup, divide, failed, stubborn

divide.apply_async((1, 0), link_error=failed.s())
divide.apply_async((4, 2), link_error=failed.s(), link=after.s())
divide.s(1, 0).on_error(cleanup.si("job", hard=True)).delay()
stubborn.apply_async(link_error=bound.s(), countdown=1)
signature = divide.signature((1, 0))
signature.link_error(failed.s())
signature.link_error(cleanup.si("both"))
chain(divide.s(1, 1), signature.set(immutable=True), after.s()).delay()
divide.apply_async((1, 0), expires=-1, link_error=failed.s())
