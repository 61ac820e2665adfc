import functools

from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")


def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        record("called", name=function.__name__)
        return function(*args, **kwargs)

    return wrapper


def doubled(function):
    def wrapper(n):
        return function(n * 2)

    wrapper.__name__ = function.__name__
    return wrapper


@app.task
@logged
def add(x, y):
    record("added", total=x + y)


@app.task(name="tasks.twice")
@logged
@doubled
def twice(n):
    record("twice", n=n)


@app.task
@doubled
def show(n):
    record("shown", n=n)


@app.task
@doubled
def print_(n):
    record("printed", n=n)
