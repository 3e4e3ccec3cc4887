"""How an engine is asked: over its socket file, or through the ``docker`` package where it is far.

Over a socket file the standard library is enough, and is there in a fifth of the time that the
package takes to import: a build of changed code would wait for that longer than for all its work.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from docker import APIClient

__all__ = ["Answer", "ClientDial", "Dial", "SocketDial"]

_TIMEOUT_S = 600.0
#: What any version answers, and says the newest one that it speaks.
_PING = "/_ping"
_ARCHIVE = {"Content-Type": "application/x-tar", "Transfer-Encoding": "chunked"}


class Answer(NamedTuple):
    """What an engine answered."""

    status: int
    body: bytes

    @property
    def is_ok(self) -> bool:
        """Whether it did what it was asked; who sends elsewhere did not."""
        return http.client.OK <= self.status < http.client.MULTIPLE_CHOICES

    def fields(self) -> Mapping[str, Any]:
        """The object that the body is.

        Raises:
            ValueError: it is none.
        """
        return _object(_parsed(self.body))

    def rows(self) -> list[Mapping[str, Any]]:
        """The objects of a body that is a list of them.

        Raises:
            ValueError: it is none.
        """
        found = _parsed(self.body)
        if not isinstance(found, list):
            raise ValueError("no list")  # noqa: TRY004 - to who reads it, all is one
        return [_object(each) for each in found]

    def events(self) -> list[Mapping[str, Any]]:
        """The objects of a body that is one a line.

        Raises:
            ValueError: a line is none.
        """
        return [_object(_parsed(line)) for line in self.body.splitlines() if line.strip()]

    @property
    def complaint(self) -> str:
        """Why it did not, in its own words."""
        try:
            return str(self.fields()["message"])
        except (ValueError, LookupError):
            return self.body[:200].decode("utf-8", "replace").strip()


class Dial(Protocol):
    """A line to an engine."""

    def ask(self, method: str, path: str, chunks: Iterable[bytes] | None = None) -> Answer:
        """Ask for ``path``, which is below the version of the API: ``/images/json``.

        Raises:
            OSError: nobody answers.
        """
        ...


class SocketDial:
    """A line to the engine whose socket file is at ``path``; connected anew for each question."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._version: str | None = None

    def ask(self, method: str, path: str, chunks: Iterable[bytes] | None = None) -> Answer:
        """Ask in the newest version of the API that the engine speaks."""
        if self._version is None:
            answer, version = self._asked("GET", _PING, None)
            self._version = f"/v{version}" if version else ""
            if (method, path) == ("GET", _PING):  # who asks whether it is there has asked that
                return answer
        return self._asked(method, f"{self._version}{path}", chunks)[0]

    def _asked(
        self, method: str, path: str, chunks: Iterable[bytes] | None
    ) -> tuple[Answer, str | None]:
        head = {} if chunks is None else _ARCHIVE
        with contextlib.closing(_SocketConnection(self._path)) as line:
            try:
                with contextlib.suppress(BrokenPipeError):  # it has answered, and reads no more
                    line.request(method, path, chunks, head, encode_chunked=True)
                with line.getresponse() as response:
                    answer = Answer(response.status, response.read())
            except http.client.HTTPException as error:
                broken = f"it broke off: {error!r}"
            else:
                return answer, response.getheader("Api-Version")
        raise ConnectionError(broken)


class ClientDial:
    """A line that the ``docker`` package has: by TCP, TLS, SSH or a named pipe."""

    def __init__(self, api: APIClient) -> None:
        self._api: Any = api  # a requests.Session, and what it takes and gives has no types

    def ask(self, method: str, path: str, chunks: Iterable[bytes] | None = None) -> Answer:
        """Ask in the version that the package agreed on with the engine."""
        url = f"{self._api.base_url}/v{self._api.api_version}{path}"
        head = {} if chunks is None else _ARCHIVE
        found = self._api.request(method, url, data=chunks, headers=head, timeout=self._api.timeout)
        return Answer(found.status_code, found.content)


def _parsed(text: bytes) -> object:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("too deep") from error


def _object(found: object) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004
    return found


class _SocketConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        """Connect to the file in place of a host."""
        self.sock = socket.socket(socket.AF_UNIX)  # closed with us, connected or not
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
