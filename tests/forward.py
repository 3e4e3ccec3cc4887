"""Passes on between two sockets, for what stands between a client and a server."""

from __future__ import annotations

import contextlib
import socket


def pass_on(source: socket.socket, target: socket.socket) -> None:
    """Until the source ends, which the target then hears."""
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
