"""The sockets of a processor, as a worker finds them, uses them for more than lines, and leaves."""

from __future__ import annotations

import os
import sys
import time
from _socket import (  # the socket module would cost ten times as much
    AF_UNIX,
    MSG_DONTWAIT,
    SCM_RIGHTS,
    SOCK_STREAM,
    SOL_SOCKET,
    socket,
)
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from funcs.logger import Logger

_TRIES = 60
_MOST_REFUSALS = 2


def connect(path: str, logger: Logger, processor: int) -> socket:
    """A socket connected to ``path``; tried once a second for a minute (Nuclio 1.14).

    No longer than ``processor``, the process that started this one, is there. It may have ended
    before this one could ask: then the file is there, and nobody listens at it.

    Raises:
        RuntimeError: nobody listens there.
    """
    end = socket(AF_UNIX, SOCK_STREAM)
    refusals = 0
    for _ in range(_TRIES):
        if _has_room():
            logger.debug(f"Connecting to socket {path}")
        try:
            end.connect(path)
        except OSError as error:
            sys.stdout.write(f"Failed to connect to {path}\n")
            refusals += isinstance(error, ConnectionRefusedError)
            if refusals > _MOST_REFUSALS or os.getppid() != processor:
                break
            time.sleep(1)
        else:
            if _has_room():
                logger.debug(f"Successfully connected to socket {path}")
            return end
    raise RuntimeError(f"Failed to connect to {path} in given timeframe")


def pass_file(control: socket, fd: int) -> None:
    """Give the processor an open file, in which this worker's metrics lie.

    Nuclio's own passes over messages of a kind it does not know, and the file is closed unread. A
    processor that does not read at all is not waited for.
    """
    line = b'{"kind": "funcsMetrics", "attributes": {}}\n'
    file = fd.to_bytes(4, sys.byteorder)
    with suppress(OSError):
        control.sendmsg([line], [(SOL_SOCKET, SCM_RIGHTS, file)], MSG_DONTWAIT)


def remove(paths: Iterable[str]) -> None:
    """Do what a processor that was killed had no time for."""
    for path in paths:
        try:
            os.unlink(path)  # noqa: PTH108 - pathlib is not imported for this
        except OSError:
            continue


def _has_room() -> bool:
    """Whether a line fits into stdout: a worker comes up though nobody reads what others print."""
    from select import POLLOUT, poll

    room = poll()
    room.register(1, POLLOUT)
    return bool(room.poll(0))
