import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import Retry as Again
from dramatiq.middleware import CurrentMessage

broker = RedisBroker(url="redis://localhost:6379/0")
broker.add_middleware(CurrentMessage())
dramatiq.set_broker(broker)


def only_again(limit):
    return lambda retries, error: retries < limit and isinstance(error, Again)
