"""Clients who leave in the midst of a stream, as the processor tells a worker.

On the control socket, framed as Nuclio frames what a processor sends there: four bytes of length
and the msgpack of ``{"kind": "streamStop", "attributes": {"number": n}}``, where n counts the
streams of this worker from 1. Nuclio's own processor sends nothing.
"""

from __future__ import annotations

from _socket import MSG_DONTWAIT  # the socket module would cost a third of a worker's start

import msgpack

from funcs.worker.frames import HEADER_BYTES
from funcs.worker.streaming import Audience

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Source(Protocol):
        """The part of a socket that is used."""

        def recv(self, size: int, flags: int, /) -> bytes:
            """What has come; BlockingIOError if nothing has."""


_RECEIVE = 4096


class ClientAudience(Audience):
    """The clients behind the processor at the other end of ``control``."""

    def __init__(self, control: Source) -> None:
        self._control = control
        self._unread = b""
        self._number = 0
        self._stopped = 0

    def arrive(self) -> None:
        """A stream begins."""
        self._number += 1

    def has_left(self) -> bool:
        """Whether the client has left, or the processor itself is gone."""
        try:
            data = self._control.recv(_RECEIVE, MSG_DONTWAIT)
        except BlockingIOError:
            return self._stopped >= self._number
        except OSError:
            return True
        if not data:
            return True
        self._read(self._unread + data)
        return self._stopped >= self._number

    def _read(self, data: bytes) -> None:
        while len(data) >= HEADER_BYTES:
            end = HEADER_BYTES + int.from_bytes(data[:HEADER_BYTES], "big")
            if len(data) < end:
                break
            self._act(data[HEADER_BYTES:end])
            data = data[end:]
        self._unread = data

    def _act(self, payload: bytes) -> None:
        try:
            message = msgpack.unpackb(payload)
            if message["kind"] == "streamStop":
                self._stopped = max(self._stopped, int(message["attributes"]["number"]))
        except (ValueError, TypeError, KeyError, msgpack.UnpackException):
            return  # a message for somebody else
