"""What becomes of commands that start Celery, in every kind of file."""

import pytest

from celery2dramatiq.codemod import Options
from tests.projects import Files, migrated, planned

APP = """\
from celery import Celery

app = Celery("tasks", broker="redis://localhost:6379/0")


@app.task
def resize(path):
    return path
"""
NEW = "dramatiq tasks --threads 1"
OLD = "celery -A tasks worker -l info"


def project(**files: str) -> dict[str, str]:
    return {"tasks.py": APP, **files}


def line(command: str, *accept: str) -> str:
    """Return what becomes of a line of a Procfile."""
    after = migrated(project(Procfile=f"w: {command}\n"), Options(accept=frozenset(accept)))
    return after["Procfile"].removeprefix("w: ").removesuffix("\n")


def codes(files: Files, path: str, options: Options = Options()) -> list[str]:  # noqa: B008
    plan = planned(files, options)
    return [f.row.code for f in plan.findings if f.place.path == path]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("celery worker -A tasks -l info", NEW),  # as in Celery 4
        ("celery -q -Atasks worker -linfo", NEW),
        ("celery --app tasks.app worker --loglevel INFO -E --hostname=w", NEW),
        ("celeryd -A tasks -l info", NEW),
        ("./bin/celery -A tasks:app worker -l info", f"./bin/{NEW}"),
        ('"$VENV/bin/celery" -A tasks worker -l info', f'"$VENV/bin/dramatiq"{NEW[8:]}'),
        ("python3 -u -m celery -A tasks worker -l info", f"python3 -u -m {NEW}"),
        ("A=1 env B=2 nice -n 5 timeout 60 celery -A tasks worker -l info",
         f"A=1 env B=2 nice -n 5 timeout 60 {NEW}"),
        ("docker compose -f x.yml exec web celery -A tasks worker -l info",
         f"docker compose -f x.yml exec web {NEW}"),
        ("kubectl exec pod -- celery -A tasks worker -l info", f"kubectl exec pod -- {NEW}"),
        ("./wait-for-it.sh db:5432 -- celery -A tasks worker -l info",
         f"./wait-for-it.sh db:5432 -- {NEW}"),
        ("./wait-for-it.sh db:5432 celery -A tasks worker -l info",
         f"./wait-for-it.sh db:5432 {NEW}"),
        ("./own-wrapper celery -A tasks worker -l info", f"./own-wrapper {NEW}"),
        ('su app -c "celery -A tasks worker -l info"', f'su app -c "{NEW}"'),
        ("sh -ec 'cd x; exec celery -A tasks worker -l info'", f"sh -ec 'cd x; exec {NEW}'"),
        ("watchexec -w src -- celery -A tasks worker -l info", f"watchexec -w src -- {NEW}"),
        ("watchfiles --filter python 'celery -A tasks worker -l info' src",
         f"watchfiles --filter python '{NEW}' src"),
        ('watchfiles celery.__main__.main --args "-A tasks worker -l info" .',
         f'watchfiles "{NEW}" .'),
        ("echo $(celery -A tasks worker -l info)", f"echo $({NEW})"),
        ("celery -A tasks worker -l debug", f"{NEW} --verbose"),
        ("celery -A tasks worker -l info -c4", f"{NEW} --processes=4"),
        ("celery -A tasks worker -l info -c 0", NEW),
        ("celery -A tasks worker -l info --autoscale=8", f"{NEW} --processes 8"),
        ("celery -A tasks worker -l info --autoscale=8,2 -c 4", f"{NEW} --processes 8"),
        ("celery -A tasks worker -l info -P threads --autoscale=8,2",
         "dramatiq tasks --processes 1 --threads 8"),
        ("celery -A tasks worker -l info -P solo -c 4", "dramatiq tasks --processes 1 --threads 1"),
        ("celery -A tasks worker -l info -P solo -P prefork", NEW),
        ("celery -A tasks worker -l info -P prefork --pool-start-method fork", NEW),
        ("celery -A tasks worker -l info -Q celery,'mail'", f"{NEW} --queues default mail"),
        ("celery -A tasks worker -l info --pidfile '/run/a b'", f"{NEW} --pid-file '/run/a b'"),
        ("celery -A tasks worker -l info --max-memory-per-child 9 --disable-prefetch", NEW),
    ],
)  # fmt: skip
def test_worker(before: str, after: str) -> None:
    assert line(before) == after


@pytest.mark.parametrize(
    "command",
    [
        "echo celery -A tasks worker",
        "pip install celery",
        "pkill -f celery",
        "celery --version",
        "celery",
        "run celery",
        "docker tag shop/celery shop/celery:1",
        "pgrep celery && true",
        "echo 'celery",
        "kubectl logs celery",
        "python celery.py worker",
        "watchfiles --filter celery",
        "watchfiles celery.__main__.main --args",
        "watchfiles celery.__main__.main --args 'a; b'",
        'watchfiles celery.__main__.main --args "\'"',
        "sh -c # celery",
        "sh celery.sh",
        "A=celery",
        "docker compose  # celery",
        "kubectl get pods celery",
        "./wait-for-it.sh celery:80",
        "python  # celery",
        "python -x # celery",
        'sh -c "echo \'celery"',
        "'{{ celery x }}' celery",
        "watchfiles 'echo celery'",
        "A='x celery y'",
    ],
)
def test_no_start(command: str) -> None:
    files = project(Procfile=f"w: {command}\n")
    assert migrated(files)["Procfile"] == files["Procfile"]
    assert set(codes(files, "Procfile")) <= {"C2D848"}


def test_not_understood() -> None:
    files = project(Procfile="a: watchfiles celery.__main__.main\nb: hypothesis celery worker\n")
    assert codes(files, "Procfile") == ["C2D848", "C2D848"]
    assert planned(files).moving


@pytest.mark.parametrize(
    ("options", "code"),
    [("-X mail", "C2D825"), ("-P eventlet", "C2D823"), ("-B", "C2D840"), ("--uid 1", "C2D836")],
)
def test_what_is_refused_holds_back_until_it_is_accepted(options: str, code: str) -> None:
    command = f"{OLD} {options}"
    assert line(command) == command
    (plan,) = [planned(project(Procfile=f"w: {command}\n"))]
    assert {f.row.code for task in plan.tasks for f in task.held_by} == {code}
    assert line(command, code) == NEW


def test_accepted_arguments_stay() -> None:
    assert line(f'{OLD} "$@"', "C2D837") == f'{NEW} "$@"'


def test_command_line_of_another_option() -> None:
    assert line(f"{OLD} --pidfile=/run/%n.pid", "C2D836") == NEW


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("", NEW),
        ("-c 4", f"{NEW} --processes 4"),
        ("--autoscale=6,2", f"{NEW} --processes 6"),
        ("-c 0", NEW),
        ("-c $N", NEW),
        ("-P gevent -c 50", NEW),
    ],
)
def test_worker_of_both_has_as_many_processes(options: str, words: str) -> None:
    app = f"{APP}\n\n@app.task(rate_limit=limit())\ndef send(to): ...\n"
    plan = planned({"tasks.py": app, "Procfile": f"w: {OLD} {options}\n"})
    assert [f.note for f in plan.findings if f.row.code == "C2D841"] == [f"`{words}`"]


# -- kinds of files


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("Makefile", f"W = {OLD} \\\n  -c 2\nw:\n\t-@{OLD} \\\n\t  -c 2\n",
         f"W = {NEW} \\\n  --processes 2\nw:\n\t-@{NEW} \\\n\t  --processes 2\n"),
        ("Dockerfile", f"CMD {OLD} \\\n # a\n\n", f"CMD {NEW} \\\n # a\n\n"),
        ("Dockerfile", 'ENTRYPOINT ["a"]\nENTRYPOINT ["celery", "-A", "tasks", "worker"]\n',
         'ENTRYPOINT ["a"]\nENTRYPOINT ["dramatiq", "tasks", "--threads", "1"]\n'),
        ("Dockerfile", 'ENTRYPOINT ["celery", "-A", "tasks", "worker"]\nFROM x\nCMD ["b"]\n',
         'ENTRYPOINT ["dramatiq", "tasks", "--threads", "1"]\nFROM x\nCMD ["b"]\n'),
        ("Dockerfile", f'RUN a\nRUN ["sh", "-c", "{OLD}"]\n',
         f'RUN a\nRUN ["sh", "-c", "{NEW}"]\n'),
        ("Dockerfile", 'CMD ["celery", "-A", "tasks", "\\"worker"]\n', None),
        ("a.yml", f"command: {OLD}\n---\na: *b\n", None),
        ("a.yml", f"name: {OLD}\n", None),
        ("a.yml", f"command: |2\n   {OLD}\n", None),
        ("a.yml", "command: {celery: b}\nargs: [celery, x]\n", None),
        ("a.yml", "command: [celery, -A, tasks, worker, -l, debug]\n",
         'command: [dramatiq, tasks, --threads, "1", --verbose]\n'),
        ("Dockerfile", f"RUN a \\\n  CMD {OLD}\n", f"RUN a \\\n  CMD {NEW}\n"),
        ("a.yml", "command:\n- celery\n- -A\n- tasks\n- worker\n",
         'command:\n- dramatiq\n- tasks\n- --threads\n- "1"\n'),
        ("a.yml", "command: [celery, -A, tasks, worker, -l, info,]",
         'command: [dramatiq, tasks, --threads, "1",]'),
        ("a.yml", "command:\r\n- celery\r\n- -A\r\n- tasks\r\n- worker\r\n",
         'command:\r\n- dramatiq\r\n- tasks\r\n- --threads\r\n- "1"\r\n'),
        ("a.yml", "command:\n  - - celery\n    - -A\n    - tasks\n    - worker\n", None),
        ("a.yml", "command: [celery, '', -A, tasks, worker]\n", None),
        ("a.yml", "command: [celery, [-A], tasks, worker]\n", None),
        ("a.yml", "command: celery\nargs: [-A, tasks, worker]\n",
         'command: dramatiq\nargs: [tasks, --threads, "1"]\n'),
        ("a.yml", "command: celery\nargs:\n  - -A\n  - tasks\n  - worker\n",
         'command: dramatiq\nargs:\n  - tasks\n  - --threads\n  - "1"\n'),
        ("a.yml", "command: 'a \"b'\nargs: [celery, -A, tasks]\n", None),
        ("a.yml", f"x: [a, {OLD}]\n", f"x: [a, {NEW}]\n"),
        ("a.yml", "x: [celery, -A, tasks, worker]\n", 'x: [dramatiq, tasks, --threads, "1"]\n'),
        ("a.yml", f"1: 2\na: {{x: &x {OLD}}}\nb: *x\n", f"1: 2\na: {{x: &x {NEW}}}\nb: *x\n"),
        ("a.json", f'{{\t"x": "{OLD}", // "a"\n}}\n', f'{{\t"x": "{NEW}", // "a"\n}}\n'),
        ("a.toml", f'a = """{OLD}"""\nb = "a\\n{OLD}"\n', f'a = """{NEW}"""\nb = "a\\n{OLD}"\n'),
        ("a.ini", f"[a]\nb = c\ncommand = {OLD}\n\t-c 2\n",
         f"[a]\nb = c\ncommand = {NEW}\n\t--processes 2\n"),
        ("etc/default/worker", f'W="{OLD}"\n', f'W="{NEW}"\n'),
        ("broken.sh", f"echo 'a\n{OLD}\nb\n", f"echo 'a\n{NEW}\nb\n"),
    ],
)  # fmt: skip
def test_files(path: str, before: str, after: "str | None") -> None:
    found = migrated({"tasks.py": APP, path: before})[path]
    wanted = before if after is None else after
    assert found.replace(NEW, OLD) == wanted.replace(NEW, OLD)
    assert (found == before) == (after is None)


def test_python_says_it_in_a_docstring_or_runs_it() -> None:
    files = project(**{"a.py": f'"""Run {OLD}."""\nrun("{OLD}")\n# {OLD}\n'})
    assert codes(files, "a.py") == ["C2D849", "C2D848", "C2D849"]


def test_tests_are_not_held_back() -> None:
    files = {
        "tests/test_a.py": "from tasks import app\n\n\n@app.task\ndef b():\n    pass\n",
        "Procfile": f"w: {OLD} -B\n",
    }
    held = [
        {finding.row.code for finding in task.held_by}
        for task in planned(project(**files)).tasks
        if task.task.test
    ]
    assert len(held) == 1
    assert "C2D840" not in held[0]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("w: $CELERY_BIN -A tasks worker\n", ["C2D848"]),
        ("w: ${CELERY} worker\n", ["C2D848"]),
        ("w: $CELERY\n", []),
        (f"w: REMAP_SIGTERM=SIGQUIT {NEW}\n", ["C2D850"]),
        (f"# REMAP_SIGTERM=SIGQUIT\nw: {NEW}\n", []),
    ],
)
def test_said_and_not_changed(text: str, code: list[str]) -> None:
    files = project(Procfile=text)
    assert codes(files, "Procfile") == code
    assert migrated(files)["Procfile"] == text


def test_several_apps_or_none_say_nothing() -> None:
    assert codes({"a.py": "x = 1\n", "Procfile": f"w: {OLD}\n"}, "Procfile") == []


def test_app_in_a_folder_and_a_task_beside_it() -> None:
    files = {
        "src/worker/__init__.py": "",
        "src/worker/app.py": APP,
        "other.py": "from src.worker.app import app\n\n\n@app.task\ndef b():\n    pass\n",
        "Procfile": f"w: {OLD.replace('tasks', 'worker.app')}\n",
    }
    assert "C2D839" in codes(files, "Procfile")
    assert migrated(files)["Procfile"] == files["Procfile"]


def test_one_line_of_a_long_compose_file() -> None:
    service = (
        '  web:  # number\n    <<: *base\n    command: [gunicorn, \'app:x\', "--port", "80"]\n'
        '    environment: {A: "1", B: \'celery\'}\n    labels:\n    - "celery -A tasks worker"\n'
    )
    services = "".join(service.replace("web", f"web{n}") for n in range(80))
    before = (
        "x-base: &base  # for all\n  image:   celery\n  volumes: [a:/a,   b:/b]\n\nservices:\n"
        f"{services}  celery:\n    <<: [*base]\n    command: &start {OLD}  # one\n"
        "  again:\n    command: *start\n"
    )
    assert before.count("\n") > 450
    after = migrated(project(**{"compose.yml": before}))["compose.yml"]
    pairs = zip(before.splitlines(), after.splitlines(), strict=True)
    changed = [(old, new) for old, new in pairs if old != new]
    assert changed == [(f"    command: &start {OLD}  # one", f"    command: &start {NEW}  # one")]


def test_scheduler_of_the_settings() -> None:
    app = APP.replace(
        '/0")', '/0", beat_scheduler="django_celery_beat.schedulers:DatabaseScheduler")'
    )
    files = {"tasks.py": app, "Procfile": "b: celery -A tasks beat\n"}
    held = {finding.row.code for task in planned(files).tasks for finding in task.held_by}
    assert "C2D843" in held


def test_a_file_too_large_is_only_searched() -> None:
    text = f"command: {OLD}\nb: |\n" + "  x\n" * 80_000
    assert codes(project(**{"a.yml": text}), "a.yml") == ["C2D848"]


@pytest.mark.parametrize(
    ("settings", "command", "after"),
    [
        ("worker_concurrency=3", "", "--threads 1 --processes 3"),
        ("worker_concurrency=3", " -c 5", "--threads 1 --processes 5"),
        ("worker_concurrency=None", "", "--threads 1"),
        ("worker_concurrency=3", " -P threads", "--processes 1 --threads 3"),
        ("worker_concurrency=3", " -P solo", "--processes 1 --threads 1"),
        ("worker_pool='threads'", "", "--processes 1 --threads 8"),
        ("worker_pool='threads', worker_concurrency=3", "", "--processes 1 --threads 3"),
        ("worker_pool='threads', worker_concurrency=3", " -c 5", "--processes 1 --threads 5"),
        ("worker_pool='threads', worker_concurrency=3", " -P prefork", "--processes 1 --threads 3"),
        (
            "worker_pool='threads', worker_concurrency=3",
            " -P processes",
            "--threads 1 --processes 3",
        ),
        ("worker_pool='solo'", " -P prefork", "--processes 1 --threads 1"),
        ("worker_pool='solo', worker_concurrency=3", " -c 5", "--processes 1 --threads 1"),
        ("worker_pool_start_method='spawn'", "", "--threads 1 --use-spawn"),
        ("worker_pool_start_method='spawn'", " --pool-start-method fork", "--threads 1"),
    ],
)
def test_settings_say_what_the_command_does_not(settings: str, command: str, after: str) -> None:
    app = APP.replace('/0")', f'/0")\napp.conf.update({settings})')
    found = migrated({"tasks.py": app, "Procfile": f"w: {OLD}{command}\n"})["Procfile"]
    assert found == f"w: dramatiq tasks {after}\n"
