"""One answer on its way to a client: what a handler returned, or what the processor says itself."""

from __future__ import annotations

from funcs.processor.http_answer import (
    PLAIN,
    OwnHeaders,
    chunk,
    chunked,
    clean,
    has_no_body,
    length_line,
)
from funcs.processor.http_file import FileRefusedError, file_of, own_headers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from funcs.processor.http_answer import Clock
    from funcs.processor.http_file import FileFolder, FileStream
    from funcs.processor.http_prepared import Prepared
    from funcs.worker.wire import Result

_CHUNKED = b"Transfer-Encoding: chunked\r\n"


class Reply:
    """Status, headers and body.

    ``own`` are the headers set for this answer, `add_headers` adds the handler's to them; ``lines``
    come after those as they are; ``file`` is sent instead of the body. Of one that ``is_open``
    the body is only the beginning.
    """

    __slots__ = (
        "_file_asked", "_given", "body", "content_type", "file", "is_chunked", "is_open", "lines",
        "own", "status",
    )  # fmt: skip

    def __init__(
        self,
        status: int,
        body: bytes = b"",
        content_type: bytes = b"",
        lines: Iterable[tuple[bytes, bytes]] = (),
    ) -> None:
        self.status = status
        self.body = body
        self.content_type = content_type
        self.lines = tuple(lines)
        self.own = OwnHeaders()
        self.file: FileStream | None = None
        self.is_chunked = False
        self.is_open = False
        self._given: dict[str, Any] = {}
        self._file_asked: tuple[str, bool] = ("", False)

    @classmethod
    def of(cls, result: Result, *, is_open: bool = False) -> Reply:
        """What a handler returned, or the beginning of it."""
        kind = clean(result.content_type.encode("utf-8", "replace"))
        reply = cls(result.status_code if result.status_code > 0 else 200, result.body, kind)
        if result.headers:
            reply._file_asked = file_of(result.headers)
            reply._given = own_headers(result.headers)
        names_file = bool(reply._file_asked[0])
        reply.is_open = is_open and not names_file and not has_no_body(reply.status)
        return reply

    @classmethod
    def text(cls, status: int, sentence: bytes) -> Reply:
        """A sentence of the processor's own."""
        return cls(status, sentence, PLAIN)

    @classmethod
    def in_chunks(cls, status: int, sentence: bytes) -> Reply:
        """The same in one chunk."""
        reply = cls.text(status, sentence)
        reply.is_chunked = True
        return reply

    def add_headers(
        self,
        files: FileFolder,
        tell: Callable[[str, Mapping[str, Any]], None],
        *,
        is_lax: bool = False,
    ) -> None:
        """Set the handler's own headers, and open the file that they name, if they do.

        ``tell`` gets the reason where the file is not sent. Where Nuclio 1.14 sends what strict
        clients do not read, ``is_lax`` has it sent too: odd statuses, names that are no tokens.
        """
        if not is_lax and not 200 <= self.status < 1000:
            tell(f"The handler's status {self.status} is no answer's: 500 is sent", {
                "fix": "return a status from 200 to 999",
            })  # fmt: skip
            self.status, self.body, self.content_type = 500, b"", b""
            self.is_open = False
            return
        path, deletes = self._file_asked
        if path:
            try:
                self.file = files.open(path, deletes=deletes)
            except FileRefusedError as error:
                fields = {"path": path, "reason": error.why, "fix": error.fix}
                tell("The file that the handler's answer names is not sent", fields)
                self.status = error.status
                self.body = self.content_type = b""
                return
        self.own.add_all(self._given, is_lax=is_lax)

    def to_bytes(self, clock: Clock, prepared: Prepared | None, *, closes: bool) -> bytes:
        """The answer as it is sent: all of it, or what comes before the file or the rest."""
        is_head = prepared is not None and prepared.is_head
        kind = self.content_type or self.own.content_type or (PLAIN if self.body else b"")
        length = self._length(prepared, is_head=is_head)
        parts = [self.own.head(clock, self.status, kind, length)]
        parts += [b"%b: %b\r\n" % line for line in self.lines]
        if closes:
            parts.append(b"Connection: close\r\n")
        elif prepared is not None and prepared.head.is_old:
            parts.append(b"Connection: keep-alive\r\n")
        parts.append(b"\r\n")
        if is_head or has_no_body(self.status):
            self.drop_file()
        elif self.is_open and length:
            parts.append(chunk(self.body))
        elif self.file is None:
            parts.append(chunked((self.body,)) if self.is_chunked else self.body)
        return b"".join(parts)

    def headers(self) -> list[tuple[bytes, bytes]]:
        """What tells of the answer itself: not its length, its date or its server."""
        own = self.own
        kind = self.content_type or own.content_type or (PLAIN if self.body else b"")
        found = [(b"Content-Type", kind)] if kind else []
        if own.content_encoding:
            found.append((b"Content-Encoding", own.content_encoding))
        cookies = [(b"Set-Cookie", cookie) for cookie in own.cookies]
        return [*found, *own.lines.items(), *self.lines, *cookies]

    def _length(self, prepared: Prepared | None, *, is_head: bool) -> bytes:
        """The line that says where the body ends; none for an open one to HTTP/1.0."""
        if self.is_open:
            return b"" if prepared is not None and prepared.head.is_old else _CHUNKED
        if self.is_chunked or self.file is not None:
            return _CHUNKED
        return length_line(len(self.body), status=self.status, is_head=is_head)

    def drop_file(self) -> None:
        """Send no file after all."""
        if self.file is not None:
            self.file.close()
            self.file = None
