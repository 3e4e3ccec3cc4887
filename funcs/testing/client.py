"""Sends requests to a function in the test's own process, through the code that serves them."""

from __future__ import annotations

import http.client
import io
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from funcs.emulator.answer import Answer
from funcs.emulator.call import CallError, exchange, target
from funcs.settings import Settings
from funcs.testing.interrupt import interruptible
from funcs.testing.loaded import Handler, Loaded
from funcs.testing.loopback import Loopback
from funcs.testing.requester import Requester

if TYPE_CHECKING:
    from funcs.graph import Graph, Plan
    from funcs.metrics.registry import Metrics


class Client(Requester):
    """A function without sockets: the processor's front, its worker's code and the handler.

    ``function`` is its folder, its function.yaml, its Python file, a graph, or a handler by itself.
    A graph finds its models' files in ``folder``, and what is no folder has the variables ``env``.
    ``error_detail`` (``message`` or ``full``) and ``nuclio`` (``1.14`` or ``1.15``) win over
    function.yaml; without a word of it errors are told in full, as `funcs run` does. Settings in
    the environment of the tests count for nothing.

    It is loaded at once: what its code raises then, the constructor raises. One event at a time;
    an event timeout is not kept.

    >>> import funcs
    >>> graph = funcs.Graph("double")
    >>> _ = graph.to(lambda body: 2 * body, name="double").respond()
    >>> Client(graph).post(json=21).json()
    42
    """

    #: What the function counts: ``client.metrics["answers_total"].value(kind="short")``.
    metrics: Metrics

    def __init__(
        self,
        function: Graph | Plan | Handler | Path | str = ".",
        *,
        folder: Path | str = ".",
        env: Mapping[str, str] | None = None,
        error_detail: str = "",
        nuclio: str = "",
    ) -> None:
        choices = {"FUNCS_ERROR_DETAIL": error_detail, "FUNCS_NUCLIO": nuclio}
        if isinstance(function, str | Path):
            loaded = Loaded.of_path(Path(function), choices)
        else:
            environ = dict(env or {})
            settings = Settings.from_environ(
                {"FUNCS_ERROR_DETAIL": "full", **environ, **_given(choices)}
            )
            loaded = Loaded.of_object(function, Path(folder), settings, environ)
        self._loopback = Loopback(loaded.trigger, loaded.runner, loaded.settings)
        self._surroundings = loaded.surroundings
        self.metrics = loaded.runner.context.metrics
        self.models = loaded.models
        self._close = weakref.finalize(self, loaded.runner.close)

    def close(self) -> None:
        """Let the function go; harmless the second time."""
        self._close()

    def _send(
        self, method: str, path: str, body: bytes | None, headers: list[tuple[str, str]]
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", 8080)
        connection.sock = cast("Any", _Wire(self._loopback))
        try:
            with interruptible(), self._surroundings.entered():
                answer = exchange(connection, method, target("", path), body, headers)
        except http.client.HTTPException as error:
            raise CallError(f"the function did not answer in HTTP: {error!r}") from error
        except ValueError as error:
            raise CallError(f"the request cannot be sent: {error}") from error
        finally:
            connection.close()
        logs = self._loopback.logs
        records = tuple({"level": r.level, "message": r.message, **r.fields} for r in logs)
        return Answer(answer.status, answer.headers, answer.body, records)


class _Wire:
    """What http.client takes for a connected socket: the answer is made when it is asked for."""

    def __init__(self, loopback: Loopback) -> None:
        self._loopback = loopback
        self._sent = b""

    def sendall(self, data: bytes) -> None:
        """Take a part of the request."""
        self._sent += data

    def makefile(self, mode: str) -> io.BytesIO:
        """The answer, whole."""
        return io.BytesIO(self._loopback.exchange(self._sent))

    def close(self) -> None:
        """Nothing is held open."""


def _given(choices: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in choices.items() if value}
