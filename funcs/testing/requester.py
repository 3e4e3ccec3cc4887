"""The ways to ask a function that `Client` and `Emulator` share."""

from __future__ import annotations

import json as json_module
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from funcs.emulator.answer import Answer
from funcs.errors import FuncsError

HeadersLike = Mapping[str, str] | Iterable[tuple[str, str]]


class Requester(ABC):
    """Sends requests to one function, and gives its answers."""

    #: The models of its graph, ``name:version`` where there are versions.
    models: tuple[str, ...] = ()

    def request(
        self,
        method: str,
        path: str = "/",
        *,
        body: bytes | str | None = None,
        json: Any = None,
        headers: HeadersLike = (),
    ) -> Answer:
        """The answer to one request.

        ``path`` may hold a query. ``json`` is sent as JSON with its content type; text as UTF-8.

        Raises:
            FuncsError: ``json`` is nothing that JSON has.
        """
        pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
        if json is not None:
            body = _encoded(json)
            if all(name.lower() != "content-type" for name, _ in pairs):
                pairs.append(("Content-Type", "application/json"))
        data = body.encode() if isinstance(body, str) else body
        return self._send(method, path, data, pairs)

    def get(self, path: str = "/", *, headers: HeadersLike = ()) -> Answer:
        """The answer to a GET."""
        return self.request("GET", path, headers=headers)

    def post(
        self,
        path: str = "/",
        *,
        body: bytes | str | None = None,
        json: Any = None,
        headers: HeadersLike = (),
    ) -> Answer:
        """The answer to a POST."""
        return self.request("POST", path, body=body, json=json, headers=headers)

    def invoke(self, event: Any = None, path: str = "/") -> Answer:
        """The answer to one event: bytes and text go as they are, anything else as JSON.

        Without an event it is a GET, as `funcs invoke` has it.
        """
        if event is None:
            return self.get(path)
        if isinstance(event, bytes | str):
            return self.post(path, body=event)
        return self.post(path, json=event)

    @abstractmethod
    def close(self) -> None:
        """Let the function go; harmless the second time."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def _send(
        self, method: str, path: str, body: bytes | None, headers: list[tuple[str, str]]
    ) -> Answer:
        """Carry it out."""


def _encoded(value: Any) -> str:
    try:
        return json_module.dumps(value)
    except (TypeError, ValueError) as error:
        fix = "send plain values (of an array its tolist()), or bytes"
        raise FuncsError(f"this is nothing that JSON has: {error}", fix=fix) from None
