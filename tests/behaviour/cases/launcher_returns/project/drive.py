from functools import partial

from tasks import index
from trace import record


def call(hooks):
    for hook in hooks:
        record("returned", kind=type(hook(1)).__name__)


call([index.delay])
later = partial(index.delay, 2)
record("returned", kind=type(later()).__name__)
