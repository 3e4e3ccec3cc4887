"""Takes turns at what only one process may use at a time: ports that a test cannot choose."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path
from typing import IO

import pytest

_PORTS = (8080, 8081, 8082)


def take_turn(ports: tuple[int, ...] = _PORTS) -> IO[bytes]:
    """Wait until no other test uses ports 8080 to 8082; closing what is answered ends the turn.

    Where a program that is none of ours has one of ``ports``, the test is skipped.
    """
    import fcntl  # POSIX alone; so are those tests

    turn = (Path(tempfile.gettempdir()) / f"funcs-tests-{os.getuid()}.lock").open("wb")
    fcntl.flock(turn, fcntl.LOCK_EX)
    for port in ports:
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            turn.close()
            pytest.skip(f"port {port} is another program's")
    return turn
