"""Which files a project has, their bytes, and writing all of them or none."""

from celery2dramatiq.files.change import Change, Refused, WriteFailed
from celery2dramatiq.files.find import Found, Skipped, find, project_root
from celery2dramatiq.files.guard import check
from celery2dramatiq.files.python import NOTEBOOK, read_python
from celery2dramatiq.files.source import Source, Unreadable, decode, read
from celery2dramatiq.files.text import decode_text, read_text
from celery2dramatiq.files.transaction import drop_empty, interrupted, recover, write

__all__ = [
    "NOTEBOOK",
    "Change",
    "Found",
    "Refused",
    "Skipped",
    "Source",
    "Unreadable",
    "WriteFailed",
    "check",
    "decode",
    "decode_text",
    "drop_empty",
    "find",
    "interrupted",
    "project_root",
    "read",
    "read_python",
    "read_text",
    "recover",
    "write",
]
