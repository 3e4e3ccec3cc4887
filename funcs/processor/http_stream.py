"""An answer that a handler is still making, on its way to a client (Nuclio 1.15).

Each piece is a chunk and is sent at once. A client that reads slower than the handler makes holds
the handler up; one that leaves stops it.
"""

from __future__ import annotations

from funcs.processor.caller import Follower
from funcs.processor.http_answer import LAST_CHUNK, chunk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from funcs.processor.caller import Source
    from funcs.processor.http_connection import HttpConnection
    from funcs.processor.http_reply import Reply
    from funcs.processor.triggers.http import HttpTrigger


class HttpStream(Follower):
    """What is under way of one such answer, whose first piece is ``reply``'s body.

    ``is_chunked`` is false for a client of HTTP/1.0: there the end of the connection is the end.
    Up to ``keeps_bytes`` of it are kept for the observer.
    """

    def __init__(
        self,
        connection: HttpConnection,
        source: Source,
        reply: Reply,
        *,
        is_chunked: bool,
        keeps_bytes: int = 0,
    ) -> None:
        super().__init__(connection.logs)
        self._connection = connection
        self._is_chunked = is_chunked
        self.source = source
        self._reply = reply
        self._size_bytes = 0
        self._kept: list[bytes] = []
        self._keeps_bytes = keeps_bytes
        self._keep(reply.body)

    def streamed(self, piece: bytes) -> None:
        """Send a piece; an empty one would be taken for the last."""
        if piece:
            self._keep(piece)
            is_out = self._connection.push(chunk(piece) if self._is_chunked else piece)
            if not is_out and not self._connection.is_closed:
                self.source.pause()

    def ended(self, *, is_whole: bool) -> None:
        """Send the end; what is not whole is cut off, so that the client knows."""
        self._connection.stream_ended(self, is_whole=is_whole)

    def finish(self) -> bool:
        """Send what says that it is whole; whether that is out."""
        return not self._is_chunked or self._connection.push(LAST_CHUNK)

    def observe(self, trigger: HttpTrigger, *, worker: int = -1, is_whole: bool = False) -> None:
        """Have the trigger tell of it, as far as it came."""
        is_kept = self._size_bytes <= self._keeps_bytes
        answer = b"".join(self._kept) if is_kept else None
        trigger.observe(
            self._connection, self._reply, answer=answer, size_bytes=self._size_bytes,
            worker=worker, is_whole=is_whole,
        )  # fmt: skip

    def _keep(self, piece: bytes) -> None:
        """Count a piece; it is kept while an observer wants that."""
        self._size_bytes += len(piece)
        if self._size_bytes <= self._keeps_bytes:
            self._kept.append(piece)
        else:
            self._kept.clear()
