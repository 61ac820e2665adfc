import celery
from trace import record


class WithResource(celery.Task):
    _made = None
    prefix = "<"
    calls = 0

    @property
    def resource(self):
        if self._made is None:
            record("made", name=self.name)
            self._made = {"of": self.name}
        return self._made

    def shown(self, text):
        return f"{self.prefix}{text}>"

    @staticmethod
    def doubled(text):
        return text * 2


class Wrapped(WithResource):
    prefix = "["

    def __call__(self, *args, **kwargs):
        self.calls += 1
        direct = self.request.called_directly
        record("call", name=self.name, args=list(args), calls=self.calls, direct=direct)
        return self.shown(super().__call__(*args, **kwargs))


class Again(WithResource):
    def __call__(self, *args, **kwargs):
        return self.run(*args, **kwargs) + 1
