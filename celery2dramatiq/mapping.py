"""What a construct of Celery becomes: rows, their actions, and the engine's own rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Action(str, Enum):
    """What is done about a construct; there are no more than these three."""

    REWRITE = "REWRITE"  # done, same meaning
    REVIEW = "REVIEW"  # done; the row's note names the observable difference
    MANUAL = "MANUAL"  # not done; the reason and the nearest way out are reported


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a construct, its counterpart, and what is lost between them.

    code: never changes its meaning once released.
    note: of a REVIEW row, the observable difference in one sentence; of a MANUAL row, the reason.
    way_out: of a MANUAL row, the nearest way to do it by hand.
    acceptable: of a MANUAL row, the user may take the loss (`--accept`): the task moves all the
    same, and a comment stands where something is left to do.
    about: what `explain` says beyond that: why it comes out the same, what to do about the
    difference, or what to look at. Whole sentences.
    """

    code: str
    celery: str
    dramatiq: str
    action: Action
    note: str = ""
    way_out: str = ""
    acceptable: bool = False
    about: str = ""


UNKNOWN_USE = Row(
    "C2D901",
    "a use of a task that has no rule",
    "",
    Action.MANUAL,
    "nothing is known that does the same",
    "change the line so that it only sends or calls the task, or leave the task on Celery",
    acceptable=True,
    about="Every use of a task is looked at, also one that nobody thought of when the "
    "rules were written: an attribute, a method, an operator, a comparison. One "
    "line that stayed Celery code would fail when the task is an actor, so it holds "
    "the whole task back. With `--accept` the task moves, the line stays, and a "
    "comment marks it.",
)
UNCERTAIN = Row(
    "C2D902",
    "a name that may stand for a task or for something else",
    "",
    Action.MANUAL,
    "the name has more than one meaning here",
    "give the two things two names",
    about="It was assigned twice, under a condition, or to a task and to something else. "
    "What a line does with it depends on which one it is.",
)
UNREADABLE = Row(
    "C2D903",
    "a file that cannot be read or parsed",
    "",
    Action.MANUAL,
    "it mentions the task, and what it does with it cannot be told",
    "repair the file, or exclude it",
    about="Its bytes contain the task's module and its name. It may send the task, so the "
    "task stays until the file can be read. Source that needs a newer Python than "
    "the one that runs the tool is named with the command that reads it.",
)
UNKNOWN_APP_USE = Row(
    "C2D904",
    "a use of the app, or of Celery, that has no rule",
    "",
    Action.MANUAL,
    "what it does to the tasks cannot be kept",
    "move or remove it, then run the tool again",
    acceptable=True,
    about="The app, or something imported from Celery, is used in a way that no rule "
    "knows: a signal, a method, a piece of configuration. With `--accept` the line "
    "is left, under a comment.",
)
UNKNOWN_NAME = Row(
    "C2D905",
    "a call of `.delay()` or `.apply_async()` on something unknown",
    "",
    Action.MANUAL,
    "it bears a task's name, and where it comes from cannot be told",
    "import the task by its name",
    about="Somebody calls `.delay()` on an object that was not followed to its "
    "declaration, and a task of the project has the name that is used there. It may "
    "be that task.",
)
NO_APP = Row(
    "C2D906",
    "`shared_task` without an app in the project",
    "",
    Action.MANUAL,
    "nothing in the project says which broker its messages go to",
    "run the tool on the project that has the app",
    about="A library that declares tasks for whichever app is there has no broker of its own.",
)
SEVERAL_APPS = Row(
    "C2D907",
    "several Celery apps",
    "",
    Action.MANUAL,
    "which of the apps the task belongs to cannot be told",
    "run the tool on the folder of one app (`--root`)",
    about="Each app has its own broker and settings. `shared_task` belongs to all of "
    "them, so that it is the import that decides.",
)
IMPORT_CYCLE = Row(
    "C2D908",
    "the app's module imports the module of the task",
    "",
    Action.MANUAL,
    "the task's module would have to import the app's first: the two import each other",
    "move the app into a module of its own",
    about="An actor needs its broker when it is declared, so its module imports the "
    "app's. Celery needs that only when it sends.",
)
NOT_WISHED = Row(
    "C2D909",
    "a task outside the paths that were asked for",
    "",
    Action.MANUAL,
    "only some paths were asked for",
    "name its file too",
    about="`apply PATH...` moves the tasks that are declared there, with whatever is tied to them.",
)
NO_PLACE = Row(
    "C2D910",
    "a use inside a quoted annotation",
    "",
    Action.MANUAL,
    "nothing is rewritten inside a string",
    "take the quotes off, or move the expression out of the annotation",
    about="What stands in a quoted annotation is evaluated by whoever asks for it, if at all.",
)
TEST_TASK = Row(
    "C2D911",
    "a task that a test declares",
    "",
    Action.MANUAL,
    "it belongs to the test suite",
    "migrate it together with the test",
    about="Tests often declare tasks to try Celery itself. They hold nothing back.",
)

TOO_EARLY = Row(
    "C2D915",
    "a task in a module that the framework imports before it makes the broker",
    "",
    Action.MANUAL,
    "the actor would be declared before there is a broker, and be bound to another one",
    "move the task into a module that is imported later, such as `tasks.py` of an application",
    about="Django imports models, and what they import, before django_dramatiq has made "
    "the broker.",
)
WRAPPER = Row(
    "C2D912",
    "a task that a decorator of the project's own declares",
    "",
    Action.MANUAL,
    "what that decorator gives to Celery cannot be told from the source, or an actor has it not",
    "declare the task with Celery's own decorator",
    about="Such a decorator calls Celery's inside, with options that it puts together; "
    "where these can be read it is rewritten, and all of its tasks move or none.",
)
WRAPPED_TOGETHER = Row(
    "C2D913",
    "a task whose decorator declares another one that stays",
    "",
    Action.MANUAL,
    "a decorator of the project's own declares either tasks or actors",
    "see what holds the other one back",
    about="The decorator is one piece of code and makes actors or tasks, not both.",
)
TOGETHER = Row(
    "C2D916",
    "a name that stands for several tasks, one of which stays",
    "",
    Action.MANUAL,
    "the line is written for actors or for tasks",
    "see what holds the other one back, or write a line for each",
    about="A loop, a parameter or a table takes several tasks through one line, such as "
    "`for t in (a, b): t.delay()`.",
)
OUTSIDE = Row(
    "C2D914",
    "a task that a decorator from outside the project declares",
    "",
    Action.MANUAL,
    "what that decorator does cannot be seen here, and an actor would be without it",
    "declare the task with Celery's own decorator",
    acceptable=True,
    about="With `--accept` it is replaced by `dramatiq.actor`: what it did besides "
    "(locks, metrics, sessions) is gone, so read it first. `task-decorators` in the "
    "configuration names such decorators.",
)
TIED = Row(
    "C2D917",
    "a task that is used together with one that stays on Celery",
    "",
    Action.MANUAL,
    "what they do together has to be done by one of the two systems",
    "repair what holds the other task back",
    about="Tasks in one chain or group, a callback, or results that wait for each other "
    "run on one system or on the other.",
)
OWN_HELPER = Row(
    "C2D921",
    "a helper that the project has already, and that is another than the one known here",
    "the project's own",
    Action.REVIEW,
    "what is migrated now does what that one does, which may not be what Celery did",
    about="The helper module is the project's own file, and what is in it is never changed. "
    "Compare the helper with the one that a fresh `dramatiq_helpers.py` would have, and change "
    "it, or not.",
)
LEFT_ALONE = Row(
    "C2D918",
    "a use in a file that is to stay as it is",
    "",
    Action.MANUAL,
    "the file is not to be edited",
    "edit it by hand, or take it out of `leave` in the configuration",
    about="`apply -i` asks about every file, `--leave FILE` and `leave` in the configuration name "
    "some. What is declared or used in one stays on Celery; a file that is no module, such as a "
    "list of requirements, is left to you.",
)
LOST_RESULT = Row(
    "C2D920",
    "a result that is read, of a backend without a counterpart",
    "",
    Action.MANUAL,
    "Dramatiq has no result backend for it, and this is read",
    "keep the results in Redis or Memcached",
    about="A database, a file system, MongoDB, S3 and others have no counterpart. Where "
    "results are read, they have to be somewhere.",
)

IGNORES_NOTHING = Row(
    "C2D930",
    "a comment `c2d: ignore[...]` that ignores nothing",
    "",
    Action.MANUAL,
    "nothing of that code is found in its line",
    "remove the code, or the whole comment",
    about="Such a comment names codes, as in `# c2d: ignore[C2D149, C2D148]`, and stands in the "
    "line that the report gives. It only keeps findings out of reports and gates: what is done "
    "about the line is the same, and a task that it holds back stays on Celery.",
)

NOT_BRIDGED = Row(
    "C2D940",
    "apply --dev-only: a construct that cannot be served by both systems",
    "",
    Action.MANUAL,
    "the bridge cannot give it back to Celery as it was",
    "migrate the project as a whole, or use `apply --dev-only --keep-source`",
    about="With `apply --dev-only` the same code runs on Dramatiq in development and on Celery "
    "everywhere else, where everything has to stay as it was. What cannot be said in Dramatiq's "
    "words and be given back to Celery exactly leaves its task on Celery in both.",
)

BRIDGED_QUEUE = Row(
    "C2D941",
    "apply --dev-only: apply_async(queue=...)",
    "the queue of the actor, in development",
    Action.REVIEW,
    "in development the message goes to the actor's own queue, which the same worker reads",
    about="With `apply --dev-only` the queue is for Celery, which gets the option as it was. An "
    "actor has one queue, and development's worker reads those of all actors.",
)

BRIDGED_OPTION = Row(
    "C2D942",
    "apply --dev-only: apply_async(priority=..., compression=..., exchange=..., routing_key=...)",
    "nothing, in development",
    Action.REVIEW,
    "in development the option has no effect: the message goes to the actor's own queue, with "
    "the actor's own priority",
    about="With `apply --dev-only` the option is for Celery, which gets it as it was, in "
    "`celery=`. A `serializer` is so if it is JSON, which is what Dramatiq writes.",
)

ENGINE_ROWS = (
    UNKNOWN_USE, UNCERTAIN, UNREADABLE, UNKNOWN_APP_USE, UNKNOWN_NAME,
    NO_APP, SEVERAL_APPS, IMPORT_CYCLE, NOT_WISHED, NO_PLACE,
    TEST_TASK, WRAPPER, WRAPPED_TOGETHER, OUTSIDE, TOO_EARLY, TOGETHER, TIED, LEFT_ALONE,
    LOST_RESULT, OWN_HELPER, IGNORES_NOTHING, NOT_BRIDGED, BRIDGED_QUEUE,
    BRIDGED_OPTION,
)  # fmt: skip
