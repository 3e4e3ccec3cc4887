"""Writes lines to a processor, whole and in order, whoever writes."""

from __future__ import annotations

from _thread import allocate_lock
from collections import deque
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    class Sink(Protocol):
        """The part of a blocking socket that is used."""

        def sendall(self, data: bytes, /) -> None:
            """Return when all of ``data`` is on its way."""

    class Writer(Protocol):
        """Who sends lines."""

        def write(self, data: bytes, /) -> None:
            """Send ``data``, one or more lines with their newlines."""


class Outlet:
    """A socket that several threads, and signal handlers in the midst of a write, may write to.

    Who finds it busy leaves the line to whoever is writing: no line is ever cut by another, and
    nobody waits for himself. What a processor that is gone would have read is dropped: the worker
    sees the end of its stream soon enough.
    """

    __slots__ = ("_busy", "_lines", "_sink")

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._lines: deque[bytes] = deque()
        self._busy = allocate_lock()

    def replace(self, sink: Sink) -> None:
        """Write to ``sink`` from now on; for a fork, in which no other thread goes on."""
        self._sink = sink
        self._lines = deque()
        self._busy = allocate_lock()

    def write(self, data: bytes) -> None:
        """Send ``data``, one or more lines with their newlines, however long it takes."""
        lines = self._lines
        lines.append(data)
        while lines and self._busy.acquire(False):
            try:
                while lines:
                    self._sink.sendall(lines.popleft())
            except OSError:
                lines.clear()
            finally:
                self._busy.release()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Send what is written meanwhile in one piece, at the end."""
        pieces = []
        with self._busy:
            yield
            while self._lines:
                pieces.append(self._lines.popleft())
        self.write(b"".join(pieces))


class LogStream:
    """The stream of a Logger: each record becomes an ``l`` line."""

    __slots__ = ("_outlet",)

    def __init__(self, outlet: Writer) -> None:
        self._outlet = outlet

    def write(self, text: str) -> None:
        """Send one record and its newline; logging writes both at once."""
        self._outlet.write(b"l" + text.encode("ascii", "backslashreplace"))

    def flush(self) -> None:
        """Nothing is held back."""


class ControlLog(LogStream):
    """The same for a control socket: each record becomes a message (Nuclio 1.15, async mode)."""

    __slots__ = ()

    def write(self, text: str) -> None:
        """Send one record."""
        record = text.rstrip("\n").encode("ascii", "backslashreplace")
        self._outlet.write(b'{"kind": "log", "attributes": %b}\n' % record)
