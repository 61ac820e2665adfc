"""What a worker of Dramatiq has to be told, and the command that tells it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace

CELERY_QUEUE = "celery"  # celery/app/defaults.py: task_default_queue
DRAMATIQ_QUEUE = "default"  # dramatiq/actor.py: queue_name
_PROGRAMS = ("dramatiq", "python", "rundramatiq", "crontab")


@dataclass(frozen=True, slots=True)
class Target:
    """The worker that takes the place of Celery's.

    app: the module in which the app was made. variables: the names that the app has there and
    where it is imported. words: what starts the worker in the project's root, without options;
    env: the variables that this needs.
    makers: modules that call the function which makes the app, where one does.
    default_queue: as the app's settings name it, "" for Celery's own. queues: Celery's names of
    those that are named for tasks. scheduler: the `beat_scheduler` of the settings.
    options: what the app's settings say of processes and threads;
    pool, concurrency: the settings themselves, as far as they are written out.
    periodic: what starts the scheduler of the periodic tasks; () if there is none. beat: Celery's
    beat has entries that stay.
    """

    app: str
    words: tuple[str, ...]
    variables: tuple[str, ...] = ()
    makers: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    queue_prefix: str = ""
    default_queue: str = ""
    queues: tuple[str, ...] = ()
    scheduler: str = ""
    options: tuple[str, ...] = ()
    pool: str = ""
    concurrency: str = ""
    periodic: tuple[str, ...] = ()
    beat: bool = False

    @property
    def django(self) -> bool:
        """Tell whether it is a command of Django's, which has some other options."""
        return "rundramatiq" in self.words

    def seen_from(self, app: str) -> Target | None:
        """Return the worker as it is started where the app has the name `app`.

        That is in the root, or in a folder below it: there the names lack the folder's. What is
        imported there is found as Celery finds it. None if that is not this app, or a module has
        no such name.
        """
        given = app.replace(":", ".").strip(".")
        if any(given == maker or given.startswith(f"{maker}.") for maker in self.makers):
            return replace(self, words=self._without_path())
        for folder in _folders(self.app):
            if given in self._names(self.app.removeprefix(folder)):
                words = [self._below(folder, word) for word in self._without_path()]
                periodic = [self._below(folder, word) for word in self.periodic]
                if None in words or None in periodic:
                    return None
                return replace(
                    self,
                    words=tuple(word for word in words if word is not None),
                    periodic=tuple(word for word in periodic if word is not None),
                )
        return None

    def _without_path(self) -> tuple[str, ...]:
        at = self.words.index("--path") if "--path" in self.words else len(self.words)
        return self.words[:at]

    def _below(self, folder: str, word: str) -> str | None:
        """Return a module's name, or a file's, as it is in the folder; None if it is not there."""
        if word in _PROGRAMS or word.startswith(("-", "django_dramatiq.")):
            return word
        own = folder.replace(".", "/") if word.endswith(".py") else folder
        return word.removeprefix(own) if word.startswith(own) else None

    def _names(self, module: str) -> set[str]:
        """Return what may stand behind `-A`, as celery/app/utils.py: find_app takes it."""
        modules = {module, module.rpartition(".")[0]} - {""}
        return modules | {f"{one}.{name}" for one in modules for name in self.variables}

    def dramatiq_queues(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the queues of Dramatiq's to which tasks of these of Celery's are sent."""
        found: list[str] = []
        for name in names:
            if name == (self.default_queue or CELERY_QUEUE):
                found.append(self.own_queue)
            if name in self.queues or name != CELERY_QUEUE:
                found.append(f"{self.queue_prefix}{name}")
        return tuple(dict.fromkeys(found))

    @property
    def own_queue(self) -> str:
        """The queue of actors for whose tasks none was named."""
        name = self.default_queue
        return f"{self.queue_prefix}{name}" if name else DRAMATIQ_QUEUE

    @property
    def remembers(self) -> bool:
        """Tell whether the scheduler notes in a file when each job was run last."""
        return "crontab" not in self.periodic

    @property
    def other_queues(self) -> bool:
        """Tell whether there are queues that a worker without `-Q` would not read."""
        return any(name != (self.default_queue or CELERY_QUEUE) for name in self.queues)

    def command(self) -> str:
        """Return the shell command, to be run in the project's root, for every queue.

        One thread a process, as in Celery's prefork pool, and as many processes as there are
        processors, which is the default of both.
        """
        threads = () if "--threads" in self.options else ("--threads", "1")
        return shlex.join([*self.words, *self.options, *threads])


def _folders(module: str) -> list[str]:
    """Return `""`, and the beginnings of a module's name that may be folders: `a.`, `a.b.`."""
    parts = module.split(".")
    return [""] + [".".join(parts[:count]) + "." for count in range(1, len(parts))]
