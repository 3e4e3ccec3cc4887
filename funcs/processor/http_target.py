"""What a request line's target becomes: the event's path and fields.

Nuclio 1.14 (fasthttp's URI): the path is percent-decoded, `//` collapsed, `.` and `..` resolved;
scheme, host, query and fragment are cut off; a `%` that starts no escape stays.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_SLASHES = re.compile(rb"/{2,}")


def split_target(target: bytes) -> tuple[bytes, bytes]:
    """The event's path, and the query as it was sent.

    >>> split_target(b"http://host/a/../b%20c?x=1#top")
    (b'/b c', b'x=1')
    """
    if target[:1] != b"/":
        target = _without_host(target)
    target, _, _ = target.partition(b"#")
    path, _, query = target.partition(b"?")
    return _normalized(path), query


def parse_query(query: bytes) -> dict[bytes, bytes]:
    """The fields of a query: `+` is a space, of several with one name the last is taken.

    >>> parse_query(b"a=b+c&d&a=%31")
    {b'a': b'1', b'd': b''}
    """
    fields = {}
    for pair in query.split(b"&"):
        if pair and pair != b"=":
            name, _, value = pair.partition(b"=")
            fields[_unquoted(name.replace(b"+", b" "))] = _unquoted(value.replace(b"+", b" "))
    return fields


def _without_host(target: bytes) -> bytes:
    """An absolute form's path and what follows; `host?query` has none."""
    scheme, slashes, rest = target.partition(b"//")
    if not slashes or not scheme.endswith(b":"):
        return target
    ends = [at for at in (rest.find(b"/"), rest.find(b"?")) if at >= 0]
    return rest[min(ends) :] if ends else b"/"


def _normalized(path: bytes) -> bytes:
    if path[:1] != b"/":
        path = b"/" + path
    path = _unquoted(path)
    if b"//" in path:
        path = _SLASHES.sub(b"/", path)
    return _resolved(path) if b"/." in path else path


def _resolved(path: bytes) -> bytes:
    """Without `.` and `..` between slashes; a last `.` stays, as fasthttp has it."""
    parts: list[bytes] = []
    first, *inner = path.split(b"/")
    last = inner.pop() if inner else first
    for part in inner:
        if part == b"..":
            parts = parts[:-1]
        elif part != b".":
            parts.append(part)
    if last == b"..":
        parts, last = parts[:-1], b""
    return b"/".join([b"", *parts, last])


def _unquoted(text: bytes) -> bytes:
    if b"%" not in text:
        return text
    return _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), text)
