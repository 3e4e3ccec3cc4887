"""Many requests on several connections, all written before any answer is read."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Sequence
from threading import Event
from time import monotonic

from tests.funcs.processor.serving import DEADLINE_S, Serving


class Flood:
    """Writes the requests when it is made; `answers` reads what comes back."""

    def __init__(self, serving: Serving, paths: Sequence[str], *, connections: int) -> None:
        self._shares = [
            (serving.connect(), range(start, len(paths), connections))
            for start in range(connections)
        ]
        for sock, numbers in self._shares:
            requests = [f"GET {paths[each]} HTTP/1.1\r\nHost: x\r\n\r\n" for each in numbers]
            sock.sendall("".join(requests).encode())

    def answers(self) -> dict[int, int]:
        """The status of each request, by its number."""
        statuses = {}
        for sock, numbers in self._shares:
            with sock, sock.makefile("rb") as stream:
                for number in numbers:
                    line = stream.readline()
                    headers = http.client.parse_headers(stream)
                    stream.read(int(headers.get("Content-Length") or 0))
                    statuses[number] = int(line.split()[1])
        return statuses


def until(condition: Callable[[], bool]) -> None:
    """Return once the condition, which another thread brings about, holds."""
    deadline = monotonic() + DEADLINE_S
    while not condition():
        assert monotonic() < deadline
        Event().wait(0.001)
