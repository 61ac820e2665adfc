"""Which versions of the packages a Python can install.

Each was installed with pip on that Python (3.7 to 3.13); what the packages themselves require is
from their metadata.
"""

from __future__ import annotations

from dataclasses import dataclass

Python = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Release:
    """A release: its version, from which Python on, the version that it must stay below.

    wants: what it requires of packages that a project may have pinned, each with the extra
    ("" for none) that brings it.
    """

    version: str
    python: Python
    below: str
    wants: tuple[tuple[str, str], ...] = ()

    @property
    def floor(self) -> str:
        """The version with which a range begins."""
        parts = self.version.split(".")
        return ".".join(parts[:2] if parts[0] != "0" else parts)


_PIKA = ("rabbitmq", "pika>=1,<2")

RELEASES: dict[str, tuple[Release, ...]] = {  # the newest first
    "dramatiq": (
        Release("2.2.1", (3, 10), "3", (("redis", "redis>=4,<9"), _PIKA)),
        Release("1.18.0", (3, 9), "2", (("redis", "redis>=2,<7"), _PIKA)),
        Release("1.17.1", (3, 8), "2", (("redis", "redis>=2,<6"), _PIKA)),
        Release("1.16.0", (3, 7), "2", (("redis", "redis>=2,<6"), _PIKA)),
    ),
    "django-dramatiq": (
        Release("0.15.0", (3, 10), "0.16", (("", "django>=4.2"),)),
        Release("0.14.0", (3, 9), "0.15", (("", "django>=4.2"),)),
        Release("0.11.6", (3, 8), "0.12", (("", "django>=3.2"),)),
        Release("0.11.2", (3, 7), "0.12", (("", "django>=2.2"),)),
    ),
    "dramatiq-sqs": (Release("0.4.4", (3, 10), "0.5"), Release("0.2.0", (3, 7), "0.3")),
    "apscheduler": (Release("3.11.3", (3, 8), "4"), Release("3.10.4", (3, 7), "4")),
    "dramatiq-crontab": (
        Release("1.2.1", (3, 11), "2", (("", "django>=5.2.18"),)),
        Release("1.1.1", (3, 10), "2", (("", "django>=5.2.17"),)),
        Release("1.0.12", (3, 9), "2"),
    ),
    "dramatiq-abort": (Release("1.2.1", (3, 7), "2", (("redis", "redis>=2,<6"),)),),
    "dramatiq-eager-broker": (Release("0.3.0", (3, 10), "0.4"),),
    "prometheus-client": (
        Release("0.26.0", (3, 9), "1"),
        Release("0.21.1", (3, 8), "1"),
        Release("0.17.1", (3, 7), "1"),
    ),
}  # fmt: skip


def release(package: str, python: Python) -> Release | None:
    """Return the newest release that was tried and that the Python can install."""
    for one in RELEASES.get(package, ()):
        if one.python <= python:
            return one
    return None
