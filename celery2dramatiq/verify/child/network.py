"""No connection is opened: whoever tries is refused, as if no server was there."""

from __future__ import annotations

import errno
import socket
from typing import Any

from .events import Events

REFUSED = "celery2dramatiq verify opens no connection"


def block(note: Events) -> None:
    """Refuse connections over the network; sockets of this machine (`AF_UNIX`) stay."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def refuse(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            note("refused", address=_shown(address))
            raise ConnectionRefusedError(errno.ECONNREFUSED, f"{REFUSED}: {_shown(address)}")
        connect(self, address)

    def refuse_ex(self: socket.socket, address: Any) -> int:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            note("refused", address=_shown(address))
            return errno.ECONNREFUSED
        return connect_ex(self, address)

    socket.socket.connect = refuse  # type: ignore[method-assign, assignment]
    socket.socket.connect_ex = refuse_ex  # type: ignore[method-assign, assignment]


def _shown(address: Any) -> str:
    return ":".join(str(part) for part in address[:2])
