"""Compressed request bodies, unpacked within bounds."""

from __future__ import annotations

import zlib

from funcs.errors import Kind, RequestError

#: As Triton bounds it: a few bytes may claim to be gigabytes.
_MOST = 64 * 1024 * 1024
_WINDOWS = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}


def unpacked(body: bytes, encoding: str) -> bytes:
    """What ``body`` holds, by the name that Content-Encoding gives its compression.

    Raises:
        RequestError: the name is unknown, the body broken or its contents over 64 MiB.
    """
    window = _WINDOWS.get(encoding.strip().lower())
    if window is None:
        what = f"Content-Encoding {encoding[:50]!r} is not supported"
        raise RequestError(what, kind=Kind.UNSUPPORTED_TYPE, fix="send gzip, deflate or neither")
    reader = zlib.decompressobj(window)
    try:
        content = reader.decompress(body, _MOST + 1)
    except zlib.error as error:
        raise RequestError(f"the body is not {encoding[:50]}: {error}") from None
    if len(content) > _MOST:
        what = f"the body unpacks to more than {_MOST // 1024 // 1024} MiB"
        raise RequestError(what, kind=Kind.TOO_LARGE)
    if not reader.eof:
        raise RequestError(f"the body is not {encoding[:50]}: it is cut off")
    return content
