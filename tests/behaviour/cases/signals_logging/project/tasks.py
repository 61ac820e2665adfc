import logging
import logging.config

from celery import Celery
from celery.signals import setup_logging
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
log = logging.getLogger(__name__)


class Recorded(logging.Handler):
    def emit(self, message):
        record("logged", text=message.getMessage(), level=message.levelname)


@setup_logging.connect
def config_loggers(*args, **kwargs):
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"recorded": {"()": Recorded, "level": "INFO"}},
            "loggers": {__name__: {"handlers": ["recorded"], "level": "INFO"}},
        }
    )


@app.task
def say(text):
    log.info(text)
    log.debug(text)
    record("handlers", names=[type(one).__name__ for one in logging.getLogger().handlers])
