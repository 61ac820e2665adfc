"""The kinds of differences that `verify` finds; `explain` and `docs/verify.md` say the same."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. title: what it is. about: what would happen, and how it comes. way_out: what to do.

    Both are whole sentences; what is particular stands at the finding.
    """

    code: str
    title: str
    about: str
    way_out: str


KINDS = (
    Kind(
        "not-importable",
        "a module that cannot be imported: why, where, and the end of the traceback",
        "The worker would end with the same error when it starts. Often the cause is not the "
        "migration: a package is not installed for that interpreter, or the module connects to "
        "something while it is imported, which verify does not let it do.",
        "Mend the error at the place that the finding names; install what is missing, or choose "
        "the project's own interpreter with --python; let a module that has to connect do so with "
        "--allow-network.",
    ),
    Kind(
        "rundramatiq",
        "Django's command does not get as far as starting workers",
        "django_dramatiq's `manage.py rundramatiq` was run with the project's own settings and "
        "failed, or ended, before it came to the workers.",
        "See that django_dramatiq is in INSTALLED_APPS, and that `manage.py check` succeeds.",
    ),
    Kind(
        "command",
        "the installed Dramatiq does not take the worker's command",
        "An option of the command is not one of this version, or its value is none that it takes; "
        "the worker would print its usage and end.",
        "Correct the command, or install the Dramatiq that it is for.",
    ),
    Kind(
        "idle-entry",
        "nothing that the worker imports declares an actor: it would say it is ready and consume "
        "nothing",
        "Dramatiq's worker imports the modules of its command line and nothing else; Celery's has "
        "`include`, `imports` and `autodiscover_tasks` besides.",
        "Name the modules with the actors in the worker's command, or import them in its module.",
    ),
    Kind(
        "not-imported",
        "a module with actors that the worker does not import",
        "Messages for these actors would be fetched, found to have no actor, and go to the dead "
        "letters. In Django the modules called `tasks` are imported, and those that "
        "DRAMATIQ_AUTODISCOVER_MODULES names.",
        "Name the module in the worker's command, import it in one of its modules, or add it to "
        "DRAMATIQ_AUTODISCOVER_MODULES.",
    ),
    Kind(
        "no-actor",
        "a task that no actor serves",
        "Its module was imported and declares no actor of the task's name: a message of that name "
        "would go to the dead letters.",
        "Look for an actor_name that was changed, or for a task that was removed.",
    ),
    Kind(
        "two-names",
        "a module that is imported under two names, and declares its actors twice",
        "A folder and its parent are both in the import path, so that Python takes one file for "
        "two modules. Dramatiq refuses the second actor of a name, and the worker ends.",
        "Import it by one name everywhere.",
    ),
    Kind(
        "name-taken",
        "two actors of one name",
        "Dramatiq refuses the second one when it is declared, and the worker ends. Celery "
        "silently keeps the task that is declared first.",
        "Give one of them another actor_name.",
    ),
    Kind(
        "no-broker",
        "the worker has no broker, or Dramatiq's own default, because none was set",
        "An actor is bound to a broker when it is declared. Where none was set, Dramatiq makes one "
        "by itself: RabbitMQ, or Redis, on this machine, with its own defaults, which are not "
        "Celery's.",
        "Call dramatiq.set_broker(...) in the worker's first module, before any actor.",
    ),
    Kind(
        "late-broker",
        "actors that were declared before the broker was set",
        "They belong to Dramatiq's own default and not to the project's broker: their messages "
        "go to another place than the worker reads.",
        "Import the module that calls dramatiq.set_broker(...) before the first actor; in Django, "
        "put django_dramatiq first in INSTALLED_APPS.",
    ),
    Kind(
        "other-broker",
        "actors of another broker than the worker's",
        "A worker serves one broker; what these actors are sent, it never sees.",
        "Make one broker, once; or start a worker for each: dramatiq MODULE:BROKER.",
    ),
    Kind(
        "queue",
        "an actor's queue is not the task's (with the prefix `dramatiq_` where Celery's own cannot "
        "be used)",
        "Messages would wait in a queue that nobody meant, or share one with tasks that were kept "
        "apart. On RabbitMQ and SQS a queue that Celery declared cannot be Dramatiq's, so there "
        "the name has a prefix.",
        "Give the actor the queue_name that the task had.",
    ),
    Kind(
        "not-consumed",
        "a queue that the worker's command leaves out",
        "Without --queues a worker reads the queues of all its actors; with it only those that "
        "are named. Messages in any other wait for ever.",
        "Add the queue to the worker's --queues, or start another worker for it.",
    ),
    Kind(
        "option",
        "retries, time limit, age, results, `throws` or priority differ from what holds for the "
        "task, also by way of the broker's middleware",
        "Dramatiq counts in milliseconds, retries 20 times, and ends a run after ten minutes, "
        "unless the actor or the broker's middleware says otherwise: what was never asked for "
        "with Celery happens then.",
        "Give the actor, or the middleware, the value that the finding names.",
    ),
    Kind(
        "not-moved",
        "a task that was to move, and is Celery's still",
        "The inventory says that the task moves, and the project declares it with Celery now: "
        "`apply` was not run, ran with other options, or its changes were undone.",
        "Run `celery2dramatiq apply`; if it was told to leave the task, hand the report of that "
        "run over instead.",
    ),
    Kind(
        "twice",
        "a task that is an actor and a Celery task",
        "The name is declared for both systems. A sender reaches the one whose object it imports, "
        "and the other one lies idle, or does the same work a second time.",
        "Remove the one that nothing sends to any more.",
    ),
    Kind(
        "not-scheduled",
        "an entry of Celery's schedule that no job of the scheduler sends",
        "The task would not be sent any more. The scheduler's module is imported as its command "
        "would, and has neither a job of that name nor one of that actor at the same times.",
        "Add the job to the scheduler's module.",
    ),
    Kind(
        "due",
        "a job that is due at other times than the entry of Celery's schedule",
        "The next ten moments after now, and after the day before each change of the clocks within "
        "a year, are compared with those of Celery's own schedule classes.",
        "Correct the trigger; a crontab in a time zone needs the clock of that zone.",
    ),
    Kind(
        "scheduled-twice",
        "an entry that is in Celery's schedule and a job of the scheduler",
        "Where both run, everything is sent twice; or beat sends to a task that no worker has.",
        "Remove the entry from Celery's schedule.",
    ),
    Kind(
        "celery",
        "the Celery worker of the tasks that stay would not start",
        "Some tasks stay on Celery and need their app, its settings and its modules as before; "
        "one of these cannot be imported now.",
        "Mend the error; or, where Celery is not installed any more, keep it required as long as a "
        "task stays.",
    ),
    Kind(
        "celery-task",
        "a task that stays, and that this worker does not import",
        "The Celery worker would refuse its messages as those of an unregistered task, and drop "
        "them.",
        "Import the module in one that the worker imports, or name it in the app's `include`.",
    ),
)
