"""From a request to the frame of its event, as bytes to bytes.

A client's bytes go to the worker as they came, so nothing is decoded on the way; what is the same
for every request with one head is packed once (`FrameMaker.compile`).
"""

from __future__ import annotations

import os
import time

from funcs.processor.http_head import CHUNKED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from funcs.processor.http_head import Head

_ID = b"\xa2id\xd9\x24"  # 36 characters follow
_TIMESTAMP = b"\xa9timestamp\xce"  # four bytes follow
_AFTER_HEAD = len(_ID) + 36 + len(_TIMESTAMP) + 4
_COUNTER_END = 1 << 48
_KEYS = 19


class EventIds:
    """Ids for events: each a valid uuid4, random but for the last group, which counts."""

    __slots__ = ("_count", "_prefix")

    def __init__(self) -> None:
        self._count = _COUNTER_END

    def next(self) -> bytes:
        """The next one, as 36 characters."""
        if self._count >= _COUNTER_END:
            self._begin()
        self._count += 1
        return b"%b%012x" % (self._prefix, self._count - 1)

    def _begin(self) -> None:
        import binascii

        digits = binascii.hexlify(os.urandom(16))
        groups = (digits[:8], digits[8:12], b"4" + digits[13:16], b"a" + digits[17:20], b"")
        self._prefix = b"-".join(groups)
        self._count = int(digits[20:], 16)


class FrameMaker:
    """Makes the frames of one trigger's HTTP events; ``last_id`` is that of the latest."""

    def __init__(self, trigger_kind: str, trigger_name: str) -> None:
        self.ids = EventIds()
        self.last_id = b""
        self._trigger = (trigger_kind, trigger_name)
        kind, name = trigger_kind.encode(), trigger_name.encode()
        trigger = b"\x82" + pack_str(b"kind") + pack_str(kind) + pack_str(b"name") + pack_str(name)
        self._fixed = (
            b"\xde" + _KEYS.to_bytes(2, "big") + pack_str(b"trigger") + trigger
            + b"\xa3url\xa0\xa8shard_id\xff\xaanum_shards\x00\xa4type\xa0\xactype_version\xa0"
            + b"\xa7version\xa0\xa6offset\x00\xa5topic\xa0"
        )  # fmt: skip
        self._second = 0
        self._stamp = b""

    def compile(self, head: Head, size: int, *, is_nil: bool = False) -> tuple[bytes, bytes]:
        """What goes before an event's id, and between its timestamp and ``size`` bytes of body.

        ``is_nil`` makes the body None for the handler, where b"" is something else.
        """
        back = b"\xa4body" + (b"\xc0" if is_nil else _bin_header(size))
        kind = pack_str(head.content_type)
        inner = b"".join(
            (
                self._fixed,
                b"\xaccontent_type", kind, b"\xaccontent-type", kind,
                b"\xa6method", pack_str(head.method), b"\xa4path", pack_str(head.path),
                b"\xa6fields", pack_map(head.fields), b"\xa7headers", pack_map(head.headers),
                b"\xa4size", _pack_uint(size), _ID,
            )
        )  # fmt: skip
        whole = len(inner) - len(_ID) + _AFTER_HEAD + len(back) + size
        return whole.to_bytes(4, "big") + inner, back

    def frame(self, front: bytes, back: bytes, body: bytes) -> bytes:
        """The frame of a request with a compiled head and this body, made now."""
        second = int(time.time())
        if second != self._second:
            self._second = second
            self._stamp = _TIMESTAMP + second.to_bytes(4, "big")
        self.last_id = event_id = self.ids.next()
        return b"".join((front, event_id, self._stamp, back, body))

    def event_of(self, head: Head, body: bytes | None) -> dict[str, Any]:
        """The same event as a map, for whoever packs it otherwise or not at all."""
        kind, name = self._trigger
        content_type = as_text(head.content_type)
        return {
            "trigger": {"kind": kind, "name": name}, "url": "", "shard_id": -1, "num_shards": 0,
            "type": "", "type_version": "", "version": "", "offset": 0, "topic": "",
            "content_type": content_type, "content-type": content_type,
            "method": as_text(head.method), "path": as_text(head.path),
            "fields": {as_text(key): as_text(value) for key, value in head.fields.items()},
            "headers": {as_text(key): as_text(value) for key, value in head.headers.items()},
            "size": len(body or b""), "id": self.ids.next().decode(),
            "timestamp": int(time.time()), "body": body,
        }  # fmt: skip


def settle_chunks(head: Head, size: int, trailers: Mapping[bytes, bytes]) -> None:
    """Make a chunked request's head say what the whole of it turned out to be.

    Nuclio 1.14: trailers are headers; a chunked body without bytes is a body of length 0.
    """
    if head.length != CHUNKED:
        return
    head.headers.update(trailers)
    if not size:
        del head.headers[b"Transfer-Encoding"]
        head.headers[b"Content-Length"] = b"0"


def as_text(data: bytes) -> str:
    """As UTF-8, with surrogate escapes for what is none; packing gives the same bytes back."""
    return data.decode("utf-8", "surrogateescape")


def pack_str(data: bytes) -> bytes:
    """A msgpack string of these bytes, UTF-8 or not."""
    size = len(data)
    if size < 32:
        return bytes((0xA0 | size,)) + data
    if size < 256:
        return bytes((0xD9, size)) + data
    if size < 65536:
        return b"\xda" + size.to_bytes(2, "big") + data
    return b"\xdb" + size.to_bytes(4, "big") + data


def pack_map(items: Mapping[bytes, bytes]) -> bytes:
    """A msgpack map of strings."""
    size = len(items)
    parts = [bytes((0x80 | size,)) if size < 16 else b"\xde" + size.to_bytes(2, "big")]
    for key, value in items.items():
        parts.append(pack_str(key))
        parts.append(pack_str(value))
    return b"".join(parts)


def _pack_uint(value: int) -> bytes:
    if value < 128:
        return bytes((value,))
    return (
        b"\xce" + value.to_bytes(4, "big")
        if value < 1 << 32
        else b"\xcf" + value.to_bytes(8, "big")
    )


def _bin_header(size: int) -> bytes:
    if size < 256:
        return bytes((0xC4, size))
    if size < 65536:
        return b"\xc5" + size.to_bytes(2, "big")
    return b"\xc6" + size.to_bytes(4, "big")
