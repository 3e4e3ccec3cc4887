"""Nobody comes between: one deploy from a folder at a time, no Ctrl-C amid a few calls."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
from collections.abc import Iterator

from funcs.deploy.platform import Session


@contextlib.contextmanager
def turn(session: Session) -> Iterator[None]:
    """Hold the function's folder, which the system gives back whatever becomes of this process.

    Where a file system knows no locks, nobody waits: the engine then tells that two have met.
    """
    folder = os.open(session.folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            _lock(folder, session)
        yield
    finally:
        os.close(folder)


@contextlib.contextmanager
def not_interrupted() -> Iterator[None]:
    """Carry a few quick calls through: a Ctrl-C meanwhile is heard at their end."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _lock(folder: int, session: Session) -> None:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        session.progress.step("another deploy from this folder goes on: waiting for its end")
        fcntl.flock(folder, fcntl.LOCK_EX)
