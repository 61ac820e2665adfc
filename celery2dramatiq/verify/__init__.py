"""Imports the migrated project in a process of its own, and compares it with what Celery had.

This is the only part of the program that runs the project's code.
"""

from celery2dramatiq.verify.inventory import BadInventory, Inventory, before, read
from celery2dramatiq.verify.report import render
from celery2dramatiq.verify.run import Check, CheckFailed, check

__all__ = [
    "BadInventory",
    "Check",
    "CheckFailed",
    "Inventory",
    "before",
    "check",
    "read",
    "render",
]
