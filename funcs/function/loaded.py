"""A notebook's function in the kernel's own process, loaded again when it has changed."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from funcs.emulator.answer import Answer
from funcs.graph import Graph
from funcs.manifest import Manifest
from funcs.replay.target import Timed
from funcs.testing.client import Client

if TYPE_CHECKING:
    from funcs.cases.event import HttpEvent
    from funcs.function.definition import Definition


class Loaded:
    """Keeps a client of what is defined: models are loaded once while nothing changes."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._client: Client | None = None
        self._client_of: object = None

    def client(self) -> Client:
        """One of the graph, its classes and its models as they are now."""
        definition = self._definition
        served = definition.served()
        plan = served.plan() if isinstance(served, Graph) else served
        of = (plan, Manifest.read(definition.folder))
        if self._client is None or not _is_same(of, self._client_of):
            if self._client is not None:
                self._client.close()
                self._client = None
            self._client = Client(plan, folder=definition.folder, env=definition.env)
            self._client_of = of
        return self._client


@dataclass(frozen=True, slots=True)
class LoadedTarget:
    """What is asked by a replay in this process: a client without sockets."""

    name: str
    client: Client

    def send(self, event: HttpEvent, *, reads_body: bool = True) -> Timed:
        """The answer to one event.

        Raises:
            CallError: it cannot be sent.
        """
        began = perf_counter()
        answer = self.client.request(
            event.method, event.path, body=event.body, headers=event.headers
        )
        took = perf_counter() - began
        content = answer.body if reads_body else b""
        return Timed(Answer(answer.status, answer.headers, content), took)


def _is_same(one: object, other: object) -> bool:
    """Whether two plans are equal; arguments such as arrays, which cannot say, are not."""
    try:
        return bool(one == other)
    except ValueError:
        return False
