"""All tasks in one place."""

from .mail import send as send_mail
from .stock import hold, reserve

__all__ = ["hold", "reserve", "send_mail"]
