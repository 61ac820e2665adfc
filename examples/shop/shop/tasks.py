"""All tasks in one place, for callers who do not care where they live."""

from .mail import remind, send as send_mail
from .orders import cancel, place, ship
from .reports import daily as daily_report, send as send_report

__all__ = ["cancel", "daily_report", "place", "remind", "send_mail", "send_report", "ship"]
