"""The body of a request that did not come at once with its head."""

from __future__ import annotations

from funcs.processor.http_chunks import ChunkReader
from funcs.processor.http_head import CHUNKED, BadRequestError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class BodyReader(Protocol):
        """Takes what comes until the body is whole; ``rest`` is what lies behind it."""

        trailers: bytes
        rest: bytes

        @property
        def body(self) -> bytes | bytearray:
            """All that came."""

        @property
        def came(self) -> int:
            """How many bytes of it came."""

        def feed(self, data: bytes) -> bool:
            """Take what came; whether the body is whole now."""


_CRUMB = 4096


def body_reader(length: int, most: int) -> BodyReader:
    """What reads a body of this length (`CHUNKED`: its chunks), of ``most`` bytes at the most.

    Raises:
        BadRequestError: it is announced to be larger.
    """
    if length == CHUNKED:
        return ChunkReader(most)
    if length > most:
        raise BadRequestError("the body is too large")
    return LengthReader(length)


class LengthReader:
    """Collects a body whose length is known."""

    __slots__ = ("_crumbs", "_missing", "_pieces", "came", "rest", "trailers")

    def __init__(self, length: int) -> None:
        self._missing = length
        self._pieces: list[bytes] = []
        self._crumbs = bytearray()  # small pieces: as objects they would weigh more than they hold
        self.came = 0
        self.trailers = b""
        self.rest = b""

    @property
    def body(self) -> bytes:
        """All that came."""
        return b"".join((*self._pieces, self._crumbs))

    def feed(self, data: bytes) -> bool:
        """Take what came; whether the body is whole now."""
        if len(data) > self._missing:
            self.rest = data[self._missing :]
            data = data[: self._missing]
        if len(data) < _CRUMB:
            self._crumbs += data
        else:
            if self._crumbs:
                self._pieces.append(bytes(self._crumbs))
                self._crumbs.clear()
            self._pieces.append(data)
        self._missing -= len(data)
        self.came += len(data)
        return not self._missing
