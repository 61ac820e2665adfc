"""The project's code may print, hang, end the process, or leave threads: it is all survived."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from celery2dramatiq.verify import process
from tests.cli.sample import call, child, write
from tests.verify.checking import ACTORS, AFTER, BEFORE, Verified, inventory, verified


def with_code(code: str) -> dict[str, str]:
    return {**AFTER, "news/tasks.py": f"{ACTORS}\n{code}\n"}


def failed(found: Verified) -> str:
    assert (found.code, found.data) == (5, {})
    assert "Traceback" not in found.err
    return found.err


@pytest.mark.parametrize(
    "code",
    [
        "print('noise ' * 10000)",
        'import os; os.write(1, b\'\\xff{"event": "failed"}\\n\'); os.closerange(0, 20)',
        "import sys; sys.stdout = sys.stderr = None",
        "import threading, time; threading.Thread(target=time.sleep, args=(60,)).start()",
        "import atexit, time; atexit.register(time.sleep, 60)",
        "import os; os.chdir('/')",
        "import sys; sys.modules['odd'] = object()",
        "import socket; assert socket.socket().connect_ex(('127.0.0.1', 9)) != 0",
        "import socket; a, b = socket.socketpair()",
        "import subprocess; subprocess.Popen(['sleep', '60'])",
    ],
)
def test_survives(root: Path, code: str) -> None:
    started = time.monotonic()
    assert verified(root, with_code(code)).findings == []
    assert time.monotonic() - started < 30


def test_sockets_of_the_machine_stay_open(root: Path, tmp_path: Path) -> None:
    code = (
        f"import socket\nserver = socket.socket(socket.AF_UNIX)\nserver.bind({str(tmp_path)!r}\n"
        "    + '/s')\nserver.listen()\n"
        f"socket.socket(socket.AF_UNIX).connect({str(tmp_path)!r} + '/s')\n"
        f"assert socket.socket(socket.AF_UNIX).connect_ex({str(tmp_path)!r} + '/s') == 0\n"
    )
    assert verified(root, with_code(code)).findings == []


def test_network_that_is_allowed(root: Path) -> None:
    code = (
        "import socket\nserver = socket.create_server(('127.0.0.1', 0))\n"
        "socket.create_connection(server.getsockname())\n"
    )
    assert verified(root, with_code(code)).codes == ["not-importable"]
    assert verified(root, with_code(code), "--allow-network").findings == []


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import os; print('bye', flush=True); os._exit(7)", "(exit code 7); it said:\nbye"),
        ("import os; os.kill(os.getpid(), 9)", "(signal 9); it said:"),
        ("import os; os._exit(0)", "(exit code 0)"),
    ],
)
def test_process_that_ends_early(root: Path, code: str, says: str) -> None:
    err = failed(verified(root, with_code(code)))
    assert "importing news.tasks ended the process" in err
    assert says in err


def test_module_that_hangs(root: Path) -> None:
    code = "import time; print('waiting', flush=True); time.sleep(60)"
    started = time.monotonic()
    err = failed(verified(root, with_code(code), "--timeout", "1.5"))
    assert "importing news.tasks had not ended after 1.5 s (--timeout); it said:\nwaiting" in err
    assert time.monotonic() - started < 20


def test_interrupted(root: Path) -> None:
    marker = root.with_name("marker")
    code = f"import os, time; open({str(marker)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    report = inventory(root)
    write(root, with_code(code))
    running = subprocess.Popen(
        child("verify", report, "--root", root), cwd=root, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 30
    while not (marker.exists() and marker.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=30)
    assert running.returncode == 130, err
    with pytest.raises(ProcessLookupError):
        os.kill(int(marker.read_text()), 0)


def test_interpreter_without_dramatiq(root: Path) -> None:
    hidden = {**AFTER, "hide/dramatiq.py": "raise ImportError('hidden')\n"}
    write(root, hidden)
    path = os.environ.get("PYTHONPATH", "")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(root / "hide"), path]))
        err = failed(verified(root, hidden))
    assert "Dramatiq cannot be imported by" in err
    assert "hidden" in err
    assert "--python" in err


def test_our_own_bug_in_the_child(root: Path) -> None:
    told = process.run(sys.executable, root, {"stage": "worker", "network": True}, {}, 60)
    (bug,) = told.all("bug")
    assert "KeyError" in bug["trace"]


def test_our_own_bug_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = process.run

    def forget(python: str, root: Path, job: dict[str, object], *rest: object) -> process.Told:
        return run(python, root, {**job, "tasks": None}, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(process, "run", forget)
    found = verified(root)
    assert (found.code, found.data) == (70, {})
    assert "RuntimeError: in the child process:" in found.err
    assert "TypeError: 'NoneType' object is not iterable" in found.err


def test_program_that_is_no_interpreter(root: Path) -> None:
    err = failed(verified(root, AFTER, "--python", "true"))
    assert "starting the interpreter ended the process (exit code 0)" in err
    broken = write(root.with_name("bin"), {"python": "#!/nonesuch\n"}) / "python"
    broken.chmod(0o755)
    assert f"{broken} cannot be started" in failed(verified(root, AFTER, "--python", str(broken)))


def test_events_that_are_cut_off(root: Path) -> None:
    code = (
        "import sys\nchild = sys.modules['celery2dramatiq.verify.child.events'].Events\n"
        "import gc\n"
        "for one in gc.get_objects():\n"
        "    if type(one) is child:\n"
        "        open(one.path, 'a').write('{\"event\": \\n')\n"
    )
    assert verified(root, with_code(code)).findings == []


def test_command_that_this_dramatiq_does_not_take(root: Path) -> None:
    found = verified(root, AFTER, "--worker", "dramatiq news.app --nonesuch")
    assert found.codes == ["command"]
    assert "unrecognized arguments: --nonesuch" in found.one("command")["trace"][-1]


def test_text(root: Path) -> None:
    report = inventory(root)
    write(root, {**AFTER, "news/tasks.py": ACTORS + "1 / 0\nsend.send(1)\n"})
    result = call("verify", report, "--root", root)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "1 difference found."
    assert lines[1] == f"2 tasks in {report}: 0 agree, 2 differ, 0 on Celery still."
    assert "(celery2dramatiq's own): Python 3." in lines[2] or "virtual environment" in lines[2]
    assert lines[3].startswith("As by: dramatiq news.app news.tasks")
    assert lines[4].startswith("Broker: dramatiq.brokers.redis.RedisBroker with AgeLimit, ")
    where = "news/tasks.py:14: news.tasks cannot be imported: ZeroDivisionError: division by zero"
    assert lines[6] == f"{where} [not-importable]"
    assert lines[7] == "  no actor because of it: news.tasks.send, news.tasks.count"
    assert lines[-2] == "  | ZeroDivisionError: division by zero"
    assert lines[-1] == "  next: mend the error; the worker would end with it"
    write(root, {"news/tasks.py": ACTORS + "send.send(1)\n"})
    result = call("verify", report, "--root", root)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "The migrated project does what the inventory says."
    assert result.stdout.splitlines()[-2] == "Not compared, or worth knowing"


def test_text_without_a_worker(root: Path) -> None:
    report = inventory(root)
    write(root, AFTER)
    lines = call("verify", report, "--root", root, "--worker", "dramatiq -x").stdout.splitlines()
    assert not any(line.startswith("Broker: ") for line in lines)
    assert "this version of Dramatiq does not take `dramatiq -x` [command]" in lines
    write(root, BEFORE)
    lines = call("verify", report, "--root", root).stdout.splitlines()
    assert lines[1] == f"2 tasks in {report}: 0 agree, 2 differ, 0 on Celery still."
    assert lines[2] == ""


def test_output(root: Path, tmp_path: Path) -> None:
    report = inventory(root)
    write(root, AFTER)
    out = tmp_path / "verified.json"
    result = call("verify", report, "--root", root, "--format", "json", "--output", out)
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads(out.read_bytes())["schema"] == 1
