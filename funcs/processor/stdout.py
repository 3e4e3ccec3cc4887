"""The processor's standard output: log lines that requests never wait for.

Who should read them (a log driver, another program) may be slow, or have stopped, and workers
that print write to the same pipe.
"""

from __future__ import annotations

import os
import select
import stat
from _thread import allocate_lock, start_new_thread
from collections import deque

#: How much waits for a slow reader; lines that come then are dropped, and counted.
_MOST_HELD_BYTES = 8 << 20
_LAST_GRACE_S = 1.0
_DROPPED = (
    '{"level": "warn", "name": "processor", "message": "Log lines were dropped: nobody read them '
    'in time", "lines": %d}\n'
)


class Stdout:
    """Writes lines to a file descriptor: at once where a pipe has room, else from a thread.

    Once the reader is gone, lines are dropped.
    """

    def __init__(self, fd: int = 1) -> None:
        self._fd = _own_end(fd)
        self._held: deque[bytes] = deque()
        self._held_bytes = 0
        self._dropped = 0
        self._lock = allocate_lock()
        self._is_writing = False
        self._writing = allocate_lock()  # held while the thread lives

    def write(self, line: bytes) -> None:
        """Take a line with its newline; lines come out whole and in order."""
        with self._lock:
            if self._is_writing:
                self._hold(line)
                return
            rest = self._write(line)
            if rest:
                self._hold(bytes(rest))
                self._is_writing = True
                self._writing.acquire()
                start_new_thread(self._write_held, ())

    def close(self) -> None:
        """Give what is held a last second to be read."""
        if self._writing.acquire(timeout=_LAST_GRACE_S):
            self._writing.release()

    def _hold(self, line: bytes) -> None:
        if self._held_bytes + len(line) > _MOST_HELD_BYTES and self._held:
            self._dropped += 1
        else:
            self._held.append(line)
            self._held_bytes += len(line)

    def _write(self, line: bytes | memoryview) -> memoryview:
        """What there was no room for."""
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        except BlockingIOError:
            return rest
        except OSError:  # nobody reads it any more
            return rest[:0]
        return rest

    def _write_held(self) -> None:
        """Write until nothing is held; in a thread."""
        room = select.poll()
        room.register(self._fd, select.POLLOUT)
        while line := self._next():
            rest = memoryview(line)
            while rest:
                room.poll()
                rest = self._write(rest)
        self._writing.release()

    def _next(self) -> bytes:
        """The line to be written now; none ends the thread."""
        with self._lock:
            if self._held:
                line = self._held.popleft()
                self._held_bytes -= len(line)
                return line
            dropped, self._dropped = self._dropped, 0
            self._is_writing = bool(dropped)
            return (_DROPPED % dropped).encode() if dropped else b""


def _own_end(fd: int) -> int:
    """``fd`` so that writing to it never blocks, where that is not felt by others who have it.

    A pipe is opened once more: of the one that is inherited, workers have the same flags.
    """
    try:
        if stat.S_ISFIFO(os.fstat(fd).st_mode):
            return os.open(f"/proc/self/fd/{fd}", os.O_WRONLY | os.O_NONBLOCK)
    except OSError:  # no /proc, or a pipe of somebody else's
        return fd
    return fd
