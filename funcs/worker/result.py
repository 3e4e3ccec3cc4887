"""What a worker answered, read from an ``r`` line by the rules of Nuclio's Go side.

A field of the wrong type is no crash: it is an answer of status 500 whose body is the sentence
that Go's JSON reader would have written (Nuclio 1.14: rpc/result).
"""

from __future__ import annotations

import binascii
import json
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NoReturn

_HEAD = b'r{"body": "'
_SEAM = b'", "content_type": '
_MOST_TAILS = 256
_LONGEST_TAIL = 1024
_INT64 = 1 << 63
_STRINGS = frozenset({"body", "content_type", "body_encoding", "event_id"})


class Result:
    """One answer of a handler.

    ``status_code`` is what the handler gave, unchecked (0 or less means 200 to an HTTP client);
    ``headers`` hold whatever JSON held: only values that are strings are for a client, and the
    mapping may be shared, so it is read-only by agreement. ``event_id`` is "" unless given.
    ``error`` is "" or says why the line could not be read; then the other fields already are the
    answer a client gets (500, the sentence as text).
    """

    __slots__ = ("body", "content_type", "error", "event_id", "headers", "status_code")

    def __init__(
        self,
        status_code: int,
        body: bytes,
        content_type: str,
        headers: Mapping[str, Any],
        event_id: str = "",
        error: str = "",
    ) -> None:
        self.status_code = status_code
        self.body = body
        self.content_type = content_type
        self.headers = headers
        self.event_id = event_id
        self.error = error

    @classmethod
    def failed(cls, error: str, event_id: str = "") -> Result:
        """The answer to a line that cannot be read: 500 and why."""
        body = error.encode("utf-8", "replace")
        return cls(500, body, "text/plain; charset=utf-8", {}, event_id, error)

    def __repr__(self) -> str:
        inner = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"Result({inner})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Result):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment]  # its headers are a mapping


class ResultReader:
    """Reads ``r`` lines; remembers the ends of lines seen, which hardly differ between events."""

    __slots__ = ("_tails",)

    def __init__(self) -> None:
        self._tails: dict[bytes, dict[str, Any]] = {}

    def read(self, line: bytes) -> Result:
        """The answer in ``line`` (``r{…}`` without newline).

        Of a list it is the first, as Nuclio 1.14 answers a single event; an empty list, which
        costs Nuclio a worker, is the JSON text ``[]``.
        """
        at = line.rfind(_SEAM)
        if at >= len(_HEAD) and line.startswith(_HEAD):
            body = _plain_text(line, at)
            if body is not None:
                fields = self._fields(line[at:])
                if fields is not None:
                    return _finish(fields, body)
        results = read_results(line)
        return results[0] if results else Result(200, b"[]", "application/json", {})

    def _fields(self, tail: bytes) -> dict[str, Any] | None:
        fields = self._tails.get(tail)
        if fields is None:
            try:
                fields = _decode(b'{"x": "' + tail)
                _check(fields)
            except (ValueError, _UnmarshalError):
                return None
            if len(tail) <= _LONGEST_TAIL:
                if len(self._tails) >= _MOST_TAILS:
                    self._tails.clear()
                self._tails[tail] = fields
        return fields


def read_results(line: bytes) -> list[Result]:
    """Every answer in ``line`` (``r{…}`` or ``r[…]``); one failure if it cannot be read."""
    try:
        value = _decode(line[1:])
    except ValueError as exc:
        return [Result.failed(str(exc))]
    if not isinstance(value, list):
        return [_result(value)]
    results = [_result(item) for item in value]
    if any(result.error.startswith("json: ") for result in results):
        return [Result.failed("json: cannot unmarshal array into Go value of type result.Result")]
    return results


def _result(value: Any) -> Result:
    if not isinstance(value, dict):
        return Result.failed(str(_UnmarshalError(_kind(value), "Go value of type result.Result")))
    try:
        _check(value)
    except _UnmarshalError as exc:
        return Result.failed(str(exc))
    return _finish(value, utf8(value.get("body") or ""))


def _finish(fields: dict[str, Any], body: bytes) -> Result:
    encoding, event_id = fields.get("body_encoding"), fields.get("event_id") or ""
    if encoding == "base64":
        try:
            body = binascii.a2b_base64(body, strict_mode=True)
        except binascii.Error:
            where = _first_bad(body)
            return Result.failed(f"illegal base64 data at input byte {where}", event_id)
    elif encoding != "text":
        return Result.failed(f"Unknown body encoding - {json.dumps(encoding or '')}", event_id)
    return Result(
        fields.get("status_code") or 0,
        body,
        fields.get("content_type") or "",
        fields.get("headers") or {},
        event_id,
    )


def _plain_text(line: bytes, end: int) -> bytes | None:
    """The body's text as UTF-8, when ``line[11:end]`` surely is one JSON string; else None."""
    raw = line[len(_HEAD) : end]
    if not raw.isascii():
        return None
    if b"\\" not in raw:
        return None if b'"' in raw else raw
    try:
        text, after = scanstring(line.decode("ascii", "replace"), len(_HEAD))
    except ValueError:
        return None
    return utf8(text) if after == end + 1 else None


def utf8(text: str) -> bytes:
    """As UTF-8; lone surrogates become U+FFFD, as Go's JSON reader has it."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        pairs = text.encode("utf-16-le", "surrogatepass")
        return pairs.decode("utf-16-le", "replace").encode()


def _first_bad(text: bytes) -> int:
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return next((at for at, byte in enumerate(text) if byte not in alphabet), len(text))


class _Float(float):
    """A number that remembers how it was written: Go's errors quote it."""

    text = ""


def _float(text: str) -> float:
    number = _Float(text)
    number.text = text
    return number


def _no_constant(name: str) -> NoReturn:
    if name.startswith("-"):
        raise ValueError(f"invalid character {name[1]!r} in numeric literal")
    raise ValueError(f"invalid character {name[0]!r} looking for beginning of value")


_DECODER = json.JSONDecoder(parse_float=_float, parse_constant=_no_constant)


def _decode(data: bytes) -> Any:
    text = data.decode("utf-8", "replace")
    try:
        return _DECODER.decode(text)
    except JSONDecodeError as exc:
        if exc.pos >= len(text):
            raise ValueError("unexpected end of JSON input") from exc
        seen = text[exc.pos]
        raise ValueError(f"invalid character {seen!r} looking for beginning of value") from exc
    except RecursionError as exc:
        raise ValueError("exceeded max depth") from exc


class _UnmarshalError(Exception):
    def __init__(self, kind: str, target: str) -> None:
        super().__init__(f"json: cannot unmarshal {kind} into {target}")


def _check(fields: Mapping[str, Any]) -> None:
    """Refuse the first field, in the order written, that Go's struct would not take."""
    for name, value in fields.items():
        target = None if value is None else _refused(name, value)
        if target is None:
            continue
        kind = _kind(value)
        if kind == "number" and target == "int":
            kind = f"number {getattr(value, 'text', value)}"
        raise _UnmarshalError(kind, f"Go struct field Result.{name} of type {target}")


def _refused(name: str, value: object) -> str | None:
    """The Go type that the field has and ``value`` does not fit, or None when all is well."""
    if name in _STRINGS:
        return None if isinstance(value, str) else "string"
    if name == "status_code":
        return None if type(value) is int and -_INT64 <= value < _INT64 else "int"
    if name == "headers":
        return None if isinstance(value, dict) else "map[string]interface {}"
    return None


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    names = {str: "string", list: "array", dict: "object", int: "number", _Float: "number"}
    return names.get(type(value), "null")
