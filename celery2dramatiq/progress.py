"""What is being done, in one line of a terminal that the report then takes the place of."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

_CLEAR = "\r\x1b[2K"


@dataclass
class Progress:
    """A line on stderr; nothing at all where that is no terminal. shown: it is there now."""

    shown: bool = False

    def tell(self, text: str) -> None:
        """Show a text in the place of the last one."""
        if sys.stderr.isatty() and os.environ.get("TERM") not in ("dumb", "unknown"):
            sys.stderr.write(f"{_CLEAR}celery2dramatiq: {text} ...")
            sys.stderr.flush()
            self.shown = True

    def clear(self) -> None:
        """Take the line away."""
        if self.shown:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()
            self.shown = False
