from functools import partial

from tasks import index
from trace import record

HOOKS = [index.delay]
for hook in HOOKS:
    record("returned", kind=type(hook(1)).__name__)
later = partial(index.delay, 2)
record("returned", kind=type(later()).__name__)
