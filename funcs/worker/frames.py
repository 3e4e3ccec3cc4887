"""Cuts what a processor sends into frames."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Source(Protocol):
        """The part of a socket that is used; 0 bytes are the end."""

        def recv_into(self, buffer: memoryview, /) -> int:
            """How many bytes were put at the front of ``buffer``."""


#: A frame's length comes first, in this many bytes, big-endian.
HEADER_BYTES = 4

_BUFFER_BYTES = 64 * 1024
# A frame's length is only a claim: no more than this is set aside before its bytes come.
_STEP_BYTES = 64 * 1024 * 1024


class FrameError(Exception):
    """The stream cannot be read any further: a frame without length, or cut short."""


class FrameReader:
    """Reads frames from a blocking socket, one system call for a small one."""

    __slots__ = ("_buffer", "_filled", "_source", "_start")

    def __init__(self, source: Source) -> None:
        self._source = source
        self._buffer = memoryview(bytearray(_BUFFER_BYTES))
        self._start = 0
        self._filled = 0

    @property
    def has_bytes(self) -> bool:
        """Whether the beginning of the next frame, or all of it, has already been read."""
        return self._start < self._filled

    def read(self) -> memoryview | None:
        """The next frame's msgpack, valid until the next call; None at the end of the stream.

        Raises:
            FrameError: the frame is empty (Nuclio 1.14: ``Illegal message size: 0``) or cut short.
        """
        start, filled = self._start, self._filled
        if start == filled:
            start = 0
            filled = self._receive(self._buffer)
            if filled == 0:
                return None
        while filled - start < HEADER_BYTES:
            start, filled = self._more(start, filled)
        buffer = self._buffer
        size = int.from_bytes(buffer[start : start + HEADER_BYTES], "big")
        start += HEADER_BYTES
        if 0 < size <= filled - start:
            end = start + size
            self._start, self._filled = (end, filled) if end < filled else (0, 0)
            return buffer[start:end]
        if size == 0:
            raise FrameError("Illegal message size: 0")
        self._start = self._filled = 0
        return self._long(buffer[start:filled], size)

    def replace(self, source: Source) -> None:
        """Read from ``source`` from now on; what lies here unread is forgotten."""
        self._source = source
        self._start = self._filled = 0

    def _more(self, start: int, filled: int) -> tuple[int, int]:
        """Read on behind what is there, moved to the front of the buffer."""
        rest = bytes(self._buffer[start:filled])
        self._buffer[: len(rest)] = rest
        count = self._receive(self._buffer[len(rest) :])
        if count == 0:
            raise FrameError("the processor closed the socket within a frame")
        return 0, len(rest) + count

    def _long(self, begun: memoryview, size: int) -> memoryview:
        """The rest of a frame that is not whole yet, up to its last byte and no further."""
        frame = bytearray(min(size, _STEP_BYTES))
        filled = len(begun)
        frame[:filled] = begun
        while filled < size:
            if filled == len(frame):
                frame += bytes(min(size - filled, len(frame)))
            with memoryview(frame) as view:
                count = self._receive(view[filled:])
            if count == 0:
                raise FrameError("the processor closed the socket within a frame")
            filled += count
        return memoryview(frame)

    def _receive(self, view: memoryview) -> int:
        """How many bytes came; 0 at the end, which a processor may also reach by being killed."""
        try:
            return self._source.recv_into(view)
        except ConnectionError:
            return 0
