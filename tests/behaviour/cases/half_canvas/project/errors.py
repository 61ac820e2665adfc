from celery import chain
from tasks import rescued, risky, with_risky


def run_risky():
    chain(with_risky.s(), risky.si()).apply_async(link_error=rescued.s())
