"""Multipart forms, which Nuclio's server takes apart and writes anew before a handler sees them.

Nuclio 1.14 (fasthttp): plain fields come before files, a field keeps of its headers the name
alone, preamble and epilogue are dropped. What cannot be taken apart is a bad request.
"""

from __future__ import annotations

import re

from funcs.processor.http_head import BadRequestError, canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from funcs.processor.http_head import Head

_KIND = b"multipart/form-data"
_BOUNDARY = re.compile(rb';\s*boundary=("([^"]*)"|([^;\s]*))', re.IGNORECASE)
_PARAMETER = re.compile(rb';\s*([A-Za-z*]+)=("((?:\\.|[^"\\])*)"|([^;\s]*))')
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


def boundary_of(head: Head) -> bytes:
    """The boundary of a form in the request's body; empty when it holds none to take apart."""
    if not head.content_type.startswith(_KIND) or b"Content-Encoding" in head.headers:
        return b""
    match = _BOUNDARY.search(head.content_type)
    return (match[2] or match[3] or b"") if match else b""


def rewritten(body: bytes, boundary: bytes) -> bytes:
    """The form in ``body`` as the handler gets it.

    Raises:
        BadRequestError: it has no end, or a part has no head.
    """
    fields: list[bytes] = []
    files: list[bytes] = []
    for part in _parts(body, boundary):
        head, content = _split(part)
        parameters = _disposition(head)
        name = parameters.get(b"name", b"")
        if not name:
            continue
        if parameters.get(b"filename"):
            lines = b"".join(b"%b: %b\r\n" % (key, head[key]) for key in sorted(head))
            files.append(lines + b"\r\n" + content)
        else:
            line = b'Content-Disposition: form-data; name="%b"\r\n\r\n' % _quoted(name)
            fields.append(line + content)
    written = [b"--%b\r\n%b\r\n" % (boundary, part) for part in (*fields, *files)]
    return b"".join(written) + b"--%b--\r\n" % boundary


def _parts(body: bytes, boundary: bytes) -> list[bytes]:
    delimiter = b"\r\n--" + boundary
    pieces = (b"\r\n" + body).split(delimiter)
    parts: list[bytes] = []
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            return parts
        if not piece.lstrip(b" \t").startswith(b"\r\n"):
            break
        parts.append(piece.lstrip(b" \t")[2:])
    raise BadRequestError("the form has no end")


def _split(part: bytes) -> tuple[dict[bytes, bytes], bytes]:
    lines, end, content = part.partition(b"\r\n\r\n")
    if not end:
        raise BadRequestError("a part of the form has no end of its headers")
    head = {}
    for line in lines.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if not colon or not name.strip():
            raise BadRequestError("a part of the form has a malformed header")
        head[canonical(name.strip())] = value.strip()
    return head, content


def _disposition(head: dict[bytes, bytes]) -> dict[bytes, bytes]:
    value = head.get(b"Content-Disposition", b"")
    if not value.lower().startswith(b"form-data"):
        return {}
    return {
        match[1].lower(): _ESCAPED.sub(rb"\1", match[3]) if match[3] is not None else match[4]
        for match in _PARAMETER.finditer(value)
    }


def _quoted(name: bytes) -> bytes:
    return name.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
