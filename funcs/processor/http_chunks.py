"""Takes a chunked body apart. Strict: what could be read in two ways is a bad request."""

from __future__ import annotations

import re

from funcs.processor.http_head import BadRequestError

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})([ \t]*;[\t -~\x80-\xff]*)?")
_LONGEST_LINE = 4096
_LONGEST_TRAILERS = 8192


class ChunkReader:
    """Collects a body's bytes until its last chunk.

    ``most`` is how large the body may grow. `body` is what came so far; when it is whole,
    `trailers` are the lines of the headers after it and `rest` what lies behind it.
    """

    __slots__ = ("_at", "_buffer", "_left", "_most", "body", "rest", "trailers")

    def __init__(self, most: int) -> None:
        self._most = most
        self._buffer = b""
        self._at = 0
        self._left = -1  # what is still to come of the chunk; -1 between chunks
        self.body = bytearray()
        self.trailers = b""
        self.rest = b""

    @property
    def came(self) -> int:
        """How many bytes of the body came."""
        return len(self.body)

    def feed(self, data: bytes) -> bool:
        """Take what came; whether the body is whole now.

        Raises:
            BadRequestError: the chunks are malformed, or the body grew too large.
        """
        self._buffer = self._buffer[self._at :] + data
        self._at = 0
        while True:
            if self._left >= 0:
                if not self._take():
                    return False
            else:
                size = self._size()
                if size is None:
                    return False
                if size == 0:
                    return self._finish()
                self._left = size

    def _size(self) -> int | None:
        """The number on the next chunk's line, which is left behind unless it is the last."""
        end = self._buffer.find(b"\r\n", self._at)
        line_end = end if end >= 0 else len(self._buffer) - self._buffer.endswith(b"\r")
        if line_end - self._at > _LONGEST_LINE or b"\n" in self._buffer[self._at : line_end]:
            raise BadRequestError("a chunk's size has no end")
        if end < 0:
            return None
        match = _SIZE.fullmatch(self._buffer, self._at, end)
        if match is None:
            raise BadRequestError("a chunk's size is no number")
        size = int(match[1], 16)
        if len(self.body) + size > self._most:
            raise BadRequestError("the body is too large")
        if size:
            self._at = end + 2
        return size

    def _take(self) -> bool:
        """Move a chunk's bytes to the body; whether it is whole, with its line end."""
        piece = self._buffer[self._at : self._at + self._left]
        self.body += piece
        self._at += len(piece)
        self._left -= len(piece)
        end = self._buffer[self._at : self._at + 2]
        if self._left or (len(end) < 2 and b"\r\n".startswith(end)):
            return False
        if end != b"\r\n":
            raise BadRequestError("a chunk is longer than its size")
        self._at += 2
        self._left = -1
        return True

    def _finish(self) -> bool:
        """The last chunk's line is there: trailers, if any, and an empty line end the body."""
        line_end = self._buffer.index(b"\r\n", self._at)
        end = self._buffer.find(b"\r\n\r\n", line_end)
        if (end if end >= 0 else len(self._buffer) - 3) - line_end > _LONGEST_TRAILERS:
            raise BadRequestError("the trailers are too long")
        if end < 0:
            return False
        self.trailers = self._buffer[line_end + 2 : end + 2]
        self.rest = self._buffer[end + 4 :]
        return True
