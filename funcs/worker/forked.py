"""What a process that a handler forks has instead of the worker's sockets.

The event is the worker's to answer, and the next one its to read. A fork that kept the sockets
could answer a second time, take another caller's event, and hold them open when the worker is
gone.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_RESULT_KINDS = b"mrcbe"


class Forked:
    """Both ends of a socket that is not there any more.

    Log records go to stdout. A fork that comes back from the handler, or would read an event, ends
    there: with SystemExit's status, 1 after another exception, else 0.
    """

    def sendall(self, data: bytes, /) -> None:
        """Write a log record to stdout; end where an event would be answered."""
        if data[0] in _RESULT_KINDS:
            _end()
        if data[:1] == b"l" and not isinstance(sys.exc_info()[1], SystemExit):
            try:
                os.write(1, data[1:])
            except OSError:  # the fork has closed it
                return

    def recv_into(self, buffer: memoryview, /) -> int:
        """There are no events for a fork."""
        _end()


def _end() -> NoReturn:
    error = sys.exc_info()[1]
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):  # closed, or something of the handler's own
            continue
    os._exit(_status(error))


def _status(error: BaseException | None) -> int:
    """As Python ends with it."""
    code = error.code if isinstance(error, SystemExit) else error and 1
    return (code or 0) & 0xFF if isinstance(code, (int, type(None))) else 1
