from tasks import app, look, name_of, plain
from trace import record

record("looked", value=look(plain.delay(1).id), name=name_of(app))
