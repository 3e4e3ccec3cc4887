"""Clients that ask without a pause, and count what they are answered."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit


class Load:
    """``answers`` counts texts and errors; ``texts`` is which texts have been seen so far."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url).netloc
        self._is_over = threading.Event()
        self._lock = threading.Lock()
        self._seen = threading.Condition(self._lock)
        self.answers: Counter[str] = Counter()

    @contextmanager
    def going_on(self, *, kept: int, single: int) -> Iterator[None]:
        """Ask on so many connections that are kept, and so many times on a new one each."""
        threads = [threading.Thread(target=self._ask_on_one) for _ in range(kept)]
        threads += [threading.Thread(target=self._ask_on_many) for _ in range(single)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            for thread in threads:
                thread.join()

    def wait_for(self, text: str) -> None:
        """Until this was answered."""
        with self._seen:
            assert self._seen.wait_for(lambda: self.answers[text] > 0, 60), self.answers

    def _ask_on_one(self) -> None:
        connection = http.client.HTTPConnection(self._address, timeout=30)
        while not self._is_over.is_set():
            self._ask(connection)
        connection.close()

    def _ask_on_many(self) -> None:
        while not self._is_over.is_set():
            connection = http.client.HTTPConnection(self._address, timeout=30)
            self._ask(connection)
            connection.close()

    def _ask(self, connection: http.client.HTTPConnection) -> None:
        try:
            connection.request("GET", "/")
            answer = connection.getresponse()
            text = f"{answer.status} {answer.read().decode()}"
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            text = repr(error)
        with self._seen:
            self.answers[text] += 1
            self._seen.notify_all()
