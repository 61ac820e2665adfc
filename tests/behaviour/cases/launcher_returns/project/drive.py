from functools import partial

from tasks import index
from trace import record


def call(hooks):
    for hook in hooks:
        result = hook(1)
        record("returned", kind=type(result).__name__, same=result.id == str(result))


call([index.delay])
later = partial(index.delay, 2)
result = later()
record("returned", kind=type(result).__name__, same=result.id == str(result))
HOOKS = {"saved": index.delay}
result = HOOKS["saved"](3)
record("returned", kind=type(result).__name__, same=result.id == str(result))
