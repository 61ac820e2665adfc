"""Chromium without a window, over the pipe of its DevTools protocol: no library, no port."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--remote-debugging-pipe",
)  # fmt: skip
SECONDS = 30  # until a page counts as stuck

# Elements that reach beyond the window, but for what is in something that scrolls by itself.
OVERFLOW = """
(() => {
  document.querySelectorAll("details").forEach(one => one.open = true);
  const root = document.documentElement;
  const out = [...document.body.querySelectorAll("*")].filter(one =>
    !one.parentElement.closest(".wide, svg") &&
    one.getBoundingClientRect().right > root.clientWidth + 1);
  return {width: innerWidth, beyond: root.scrollWidth - root.clientWidth,
          out: out.map(one => one.outerHTML.slice(0, 200))};
})()
"""


def program() -> str | None:
    """The browser's path, if there is one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """A running browser; `see` opens a page in it."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back = to, back
        self._number, self._rest = 0, b""
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str = "", /, **params: Any) -> dict[str, Any]:
        """Send one command, and return its answer; what else is said is kept in `events`."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return dict(answer["result"])
            self.events.append(answer)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            chunk = os.read(self._back, 1 << 16)
            assert chunk, "the browser ended"
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(line))

    def see(self, page: Path, width: int, expression: str) -> tuple[Any, list[dict[str, Any]]]:
        """Open a page in a window of that width; return an expression's value, and the events."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable", session)
        self.call(
            "Emulation.setDeviceMetricsOverride", session,
            width=width, height=900, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        self.events.clear()
        self.call("Page.navigate", session, url=page.as_uri())
        while not any(one.get("method") == "Page.loadEventFired" for one in self.events):
            self.events.append(self._next())
        given = self.call("Runtime.evaluate", session, expression=expression, returnByValue=True)
        assert "exceptionDetails" not in given, given
        events = list(self.events)
        self.call("Target.closeTarget", targetId=target)
        return given["result"]["value"], events


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Start a browser with a profile of its own, and end it."""
    path = program()
    assert path is not None
    theirs, to = os.pipe()
    back, answers = os.pipe()
    process = subprocess.Popen(
        ["bash", "-c", 'exec "$@" 3<&"$0" 4>&"$ANSWERS"', str(theirs), path, *FLAGS,
         f"--user-data-dir={profile}"],
        pass_fds=(theirs, answers),
        env={**os.environ, "ANSWERS": str(answers), "HOME": str(profile)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(theirs)
    os.close(answers)
    try:
        yield Browser(to, back)
    finally:
        process.terminate()
        process.wait(SECONDS)
        os.close(to)
        os.close(back)
