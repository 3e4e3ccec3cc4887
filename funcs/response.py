"""What a handler returned, as the JSON result that a processor reads.

Nuclio's table, whose source is nuclio_sdk's ``Response.from_entrypoint_output`` (Nuclio 1.14):

=====================  ==============================  =================  ===========
a handler returns      body                            content type       status
=====================  ==============================  =================  ===========
str                    itself                          text/plain         200
bytes                  itself                          text/plain         200
dict                   its JSON                        application/json   200
``(status, str)``      the str                         text/plain         status
``(status, value)``    the value's JSON                application/json   status
Response               its body, JSON if a dict        its own            its own
anything else          its ``str()``                   text/plain         200
list                   one result for each element, each by this table (a batch)
=====================  ==============================  =================  ===========
"""

from __future__ import annotations

import json
from binascii import b2a_base64

from funcs.encoder import Encoder, encode_long_text
from funcs.sdk import nuclio_sdk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["Response", "ResultWriter"]

Response = nuclio_sdk.Response

_MOST_TAILS = 256
_JSON = "application/json"


class ResultWriter:
    """Writes results as JSON text in ASCII, member for member as Nuclio's wrapper orders them."""

    __slots__ = ("_encode", "_tails", "_writers")

    def __init__(self) -> None:
        self._encode = Encoder().encode
        self._tails: dict[tuple[str, int, str], str] = {}
        self._writers: dict[type, Callable[[Any], str]] = {
            str: self._text,
            bytes: self._bytes,
            dict: self._json,
            tuple: self._tuple,
            Response: self._response,
        }

    def write(self, output: Any) -> str:
        """The result of one event, or the list of results when ``output`` is a list.

        Raises:
            Exception: what the output's own ``__str__`` raises, or the encoder's TypeError and
                ValueError for what cannot be JSON.
        """
        if isinstance(output, list):
            return f"[{', '.join([self.write_one(one) for one in output])}]"
        return self.write_one(output)

    def write_one(self, output: Any) -> str:
        """The result of one event; a list is its JSON."""
        write = self._writers.get(type(output))
        return write(output) if write is not None else self._unusual(output)

    def _unusual(self, output: Any) -> str:
        for kind in (str, tuple, dict, Response, bytes):
            if isinstance(output, kind):
                return self._writers[kind](output)
        return self._json(output) if isinstance(output, list) else self._text(str(output))

    def _text(self, text: str) -> str:
        return f'{{"body": {encode_long_text(text)}, {self._tail("text/plain", 200)}'

    def _bytes(self, body: bytes) -> str:
        return f'{{"body": {_base64(body)}, {self._tail("text/plain", 200, "base64")}'

    def _json(self, value: Any) -> str:
        return f'{{"body": {encode_long_text(self._encode(value))}, {self._tail(_JSON, 200)}'

    def _tuple(self, output: tuple[Any, ...]) -> str:
        if len(output) != 2:
            return self._text(str(output))
        status, body = output
        content_type = "text/plain"
        if not isinstance(body, str):
            body, content_type = self._encode(body), _JSON
        return f'{{"body": {encode_long_text(body)}, {self._tail(content_type, status)}'

    def _response(self, response: Any) -> str:
        body, content_type, encoding = response.body, response.content_type, "text"
        if isinstance(body, bytes):
            text, encoding = _base64(body), "base64"
        elif isinstance(body, dict):
            text, content_type = encode_long_text(json.dumps(body)), _JSON
        else:
            text = encode_long_text(body if isinstance(body, str) else str(body))
        headers, event_id, status = response.headers, response.event_id, response.status_code
        if headers or event_id or type(headers) is not dict:
            tail = self._long_tail(content_type, headers, status, encoding, event_id)
        else:
            tail = self._tail(content_type, status, encoding)
        return f'{{"body": {text}, {tail}'

    def _tail(self, content_type: Any, status: Any, encoding: str = "text") -> str:
        """All after the body, where there are no headers: a function has few of these."""
        if type(status) is not int or type(content_type) is not str:
            return self._long_tail(content_type, {}, status, encoding, None)
        key = (content_type, status, encoding)
        tail = self._tails.get(key)
        if tail is None:
            tail = self._long_tail(content_type, {}, status, encoding, None)
            if len(self._tails) < _MOST_TAILS:
                self._tails[key] = tail
        return tail

    def _long_tail(
        self, content_type: Any, headers: Any, status: Any, encoding: str, event_id: Any
    ) -> str:
        encode = self._encode
        named = f', "event_id": {encode(event_id)}' if event_id else ""
        return (
            f'"content_type": {encode(content_type)}, "headers": {encode(headers)}, '
            f'"status_code": {encode(status)}, "body_encoding": "{encoding}"{named}}}'
        )


def _base64(body: bytes) -> str:
    return f'"{b2a_base64(body, newline=False).decode("ascii")}"'
