"""One event as protocols read it: its headers and, decoded once, its JSON body."""

from __future__ import annotations

from funcs.errors import RequestError
from funcs.protocols import jsontext

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_UNREAD: Any = object()


class BodyError(RequestError):
    """The body is not JSON; ``reason`` is the reader's own sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the body is not JSON: {reason}")
        self.reason = reason


class Incoming:
    """An event on its way in. Several protocols may look at it before one takes it."""

    __slots__ = ("_value", "event")

    def __init__(self, event: Any) -> None:
        self.event = event
        self._value = _UNREAD

    def header(self, name: str) -> str | None:
        """A request header by its canonical name, as ``Content-Encoding``; None if absent.

        Processors hand on canonical names (Nuclio 1.14); an event made by hand may have lower case.
        """
        headers = self.event.headers
        if not headers:
            return None
        value = headers.get(name)
        if value is None:
            value = headers.get(name.lower())
        return value if value is None or isinstance(value, str) else str(value)

    def json(self) -> Any:
        """The body's JSON value, whatever its content type says; None for an empty body.

        Nuclio decodes ``application/json`` itself; what is no text by then is taken as it is.

        Raises:
            RequestError: it is not JSON (BodyError), or compressed in a way we do not know.
        """
        if self._value is _UNREAD:
            self._value = self._read()
        if isinstance(self._value, RequestError):
            raise self._value
        return self._value

    def _read(self) -> Any:
        if not isinstance(self.event.body, (bytes, str, bytearray, memoryview)):
            return self.event.body
        try:
            body = self.content()
            return jsontext.loads(body) if body else None
        except ValueError as error:
            return BodyError(str(error))
        except RequestError as error:
            return error

    def content(self) -> bytes | str:
        """The body's bytes, unpacked where they came compressed; "" for a body of no bytes.

        Raises:
            RequestError: the compression is unknown, broken, or hides too much.
        """
        given = self.event.body
        if isinstance(given, str):
            return given
        body = bytes(given) if isinstance(given, (bytes, bytearray, memoryview)) else b""
        encoding = self.header("Content-Encoding")
        if encoding and encoding.strip().lower() != "identity":
            from funcs.protocols.compression import unpacked  # most clients send bodies plain

            return unpacked(body, encoding)
        return body
