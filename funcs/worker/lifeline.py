"""Ends a worker whose processor is gone, whatever its handler is doing.

Between events the end of the event socket is enough. A handler that blocks for ever reads none;
so the kernel is asked for SIGIO when something happens to the control socket, on which a
processor sends nothing (Nuclio 1.14) and whose end is the processor's.
"""

from __future__ import annotations

import atexit
import os
import signal
from _socket import MSG_DONTWAIT, MSG_PEEK
from _thread import start_new_thread
from time import sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket

#: How long the handler may go on after its processor has ended.
_GRACE_S = 1.0


def hold(control: socket) -> None:
    """Hold on to the processor at the other end of ``control``; in the main thread.

    Nothing is done where there is no such signal, or where the handler's module uses it.
    """
    try:
        import fcntl
    except ImportError:  # no POSIX
        return
    if not hasattr(fcntl, "F_SETOWN") or signal.getsignal(signal.SIGIO) is not signal.SIG_DFL:
        return

    def changed(_number: int, _frame: object) -> None:
        if _is_over(control):
            start_new_thread(_end, ())

    signal.signal(signal.SIGIO, changed)
    # Python's own end gives handlers back before the process is over, and SIGIO would kill it.
    atexit.register(signal.signal, signal.SIGIO, signal.SIG_IGN)
    fcntl.fcntl(control.fileno(), fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(control.fileno(), fcntl.F_GETFL)
    fcntl.fcntl(control.fileno(), fcntl.F_SETFL, flags | os.O_ASYNC)
    changed(0, None)  # it may have ended before it was watched


def _is_over(control: socket) -> bool:
    """Whether the other end is closed; bytes that lie there stay."""
    try:
        return not control.recv(1, MSG_PEEK | MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:  # reset, or closed by the handler
        return True


def _end() -> None:
    sleep(_GRACE_S)
    os._exit(1)
