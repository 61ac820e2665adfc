"""Moves a Celery project to Dramatiq and keeps what it does."""

from celery2dramatiq._version import __version__

__all__ = ["__version__"]
