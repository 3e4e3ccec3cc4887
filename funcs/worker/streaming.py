"""A handler's answer that is a generator, sent piece by piece while it is made.

Nuclio 1.15: ``c`` and the result of the first piece, ``b`` and each later one as base64, ``e`` at
the end. An ``r`` between them says that the generator failed: the client's answer is cut off.
"""

from __future__ import annotations

from binascii import b2a_base64
from types import AsyncGeneratorType, GeneratorType

from funcs.response import Response
from funcs.worker.result import utf8

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator
    from typing import Any

#: What is streamed when a handler returns it, or a Response with it as the body.
GENERATORS = frozenset({GeneratorType, AsyncGeneratorType})


class Audience:
    """Who listens to a worker's streams; of this one everybody stays to the end."""

    def arrive(self) -> None:
        """A stream begins."""

    def has_left(self) -> bool:
        """Whether nobody listens any more to the stream that began last."""
        return False


class Outflow:
    """The lines of one stream.

    ``write`` sends them, ``encode`` makes a result of the first piece; ``response`` is the one
    whose body the generator is, if there is one: its status, headers and type are the stream's.
    """

    __slots__ = ("_audience", "_encode", "_has_begun", "_response", "_write")

    def __init__(
        self,
        write: Callable[[bytes], None],
        encode: Callable[[Any], str],
        response: Any,
        audience: Audience,
    ) -> None:
        self._write = write
        self._encode = encode
        self._response = response
        self._audience = audience
        self._has_begun = False

    def pour(self, pieces: Generator[Any, Any, Any]) -> None:
        """Send all pieces, or those until the client leaves; the generator is closed then."""
        try:
            for piece in pieces:
                self._put(piece)
                if self._audience.has_left():
                    return
        finally:
            pieces.close()

    async def pour_later(self, pieces: Any, rest: Callable[[], Any] | None) -> None:
        """The same for either kind of generator, with a ``rest`` after each piece."""
        if isinstance(pieces, GeneratorType):
            pieces = _as_async(pieces)
        try:
            async for piece in pieces:
                self._put(piece)
                if self._audience.has_left():
                    return
                if rest is not None:
                    await rest()
        finally:
            await pieces.aclose()

    def end(self, duration: str) -> None:
        """Send the end, after the ``m`` line; a stream without pieces is an empty answer."""
        if not self._has_begun:
            self._put("")
        self._write(f"{duration}e\n".encode("ascii"))

    def _put(self, piece: Any) -> None:
        """Send one piece.

        The first is read as any answer of a handler is: a Response gives status and headers.
        Of those after it only the bytes count.
        """
        if self._has_begun:
            self._write(b"b" + b2a_base64(_bytes_of(piece)))
            return
        first = piece if self._response is None else _with_body(self._response, piece)
        line = f"c{self._encode(first)}\n".encode("ascii")
        self._audience.arrive()  # as the processor counts: what fails before is no stream
        self._has_begun = True
        self._write(line)


async def _as_async(pieces: Generator[Any, Any, Any]) -> AsyncGenerator[Any, None]:
    try:
        for piece in pieces:
            yield piece
    finally:
        pieces.close()


def _bytes_of(piece: Any) -> bytes | bytearray:
    body = piece.body if isinstance(piece, Response) else piece
    if isinstance(body, (bytes, bytearray)):
        return body
    return utf8(body if isinstance(body, str) else str(body))


def _with_body(response: Any, piece: Any) -> Any:
    body = piece.body if isinstance(piece, Response) else piece
    return Response(
        headers=response.headers,
        body=body,
        content_type=response.content_type,
        status_code=response.status_code,
    )
