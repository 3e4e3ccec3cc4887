"""A client's connection, raw: what is sent is bytes, what comes back is cut into answers."""

from __future__ import annotations

import re
import socket
from time import monotonic

_REQUEST_LINE = re.compile(rb"^([A-Za-z]+) [^\r\n]* HTTP/1\.[01]\r?$", re.MULTILINE)
_STATUS = re.compile(rb"HTTP/1\.1 (\d+) ")
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: chunked", re.IGNORECASE)


class Conversation:
    """One connection; ``received`` is all that came since the last `take`."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._methods: list[bytes] = []
        self._sent_at = 0.0
        self.received = b""
        self.is_closed = False

    def send(self, data: bytes) -> None:
        """Send; a peer that has closed is no error here."""
        self._methods += _REQUEST_LINE.findall(data[:65536])
        self._sent_at = monotonic()
        try:
            self._socket.settimeout(20)
            self._socket.sendall(data)
        except OSError:
            return

    def answers(self, count: int, timeout_s: float) -> float:
        """Wait for so many final answers; the seconds since the last `send` when they were there.

        Returns earlier when the peer closes, or when time is up.
        """
        deadline, at = monotonic() + timeout_s, 0
        while count:
            end, is_final = self._answer(at)
            if end is None:
                if not self._more(deadline):
                    break
                continue
            at = end
            count -= is_final
        return monotonic() - self._sent_at

    def lingers(self, seconds: float) -> bool:
        """Whether the connection is still open after so long; more may come meanwhile."""
        deadline = monotonic() + seconds
        while self._more(deadline):
            pass
        return not self.is_closed

    def take(self) -> bytes:
        """All that came, which is then forgotten."""
        received, self.received = self.received, b""
        return received

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _more(self, deadline: float) -> bool:
        left = deadline - monotonic()
        if self.is_closed or left <= 0:
            return False
        self._socket.settimeout(left)
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            return False
        except OSError:
            data = b""
        self.is_closed = not data
        self.received += data
        return bool(data)

    def _answer(self, at: int) -> tuple[int | None, int]:
        """Where the answer that begins at ``at`` ends, if it is whole; and 1 if it is final."""
        head_end = self.received.find(b"\r\n\r\n", at)
        if head_end < 0:
            return None, 0
        status = _STATUS.match(self.received, at)
        if status is None:
            return len(self.received), 1
        code = int(status[1])
        if 100 <= code < 200:
            return head_end + 4, 0
        end = self._body_end(self.received[at:head_end], head_end + 4, code)
        if end is None or end > len(self.received):
            return None, 0
        self._methods = self._methods[1:]
        return end, 1

    def _body_end(self, head: bytes, start: int, code: int) -> int | None:
        if self._methods[:1] == [b"HEAD"] or code in (204, 304):
            return start
        if _CHUNKED.search(head):
            return self._chunks_end(start)
        length = _LENGTH.search(head)
        if length:
            return start + int(length[1])
        return len(self.received) if self.is_closed else None

    def _chunks_end(self, at: int) -> int | None:
        while True:
            line_end = self.received.find(b"\r\n", at)
            if line_end < 0:
                return None
            size = int(self.received[at:line_end], 16)
            at = line_end + 2 + size + 2
            if at > len(self.received):
                return None
            if not size:
                return at
