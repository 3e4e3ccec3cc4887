"""What every wire protocol has: the routes it claims, a way in, a way out, its own errors."""

from __future__ import annotations

from collections.abc import Callable

from funcs.errors import EventError
from funcs.protocols import jsontext
from funcs.protocols.incoming import Incoming
from funcs.record import Record
from funcs.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, TypeAlias
    from typing import Protocol as Structural

    from nuclio_sdk import Response

    from funcs.graph.catalog import Catalog, ModelEntry
else:
    from funcs.response import Response

    Structural = object

Decoded: TypeAlias = "Request | Response"
Decode: TypeAlias = "Callable[[Call, Incoming], Decoded]"


class Service(Record):
    """What protocols are told of the graph they speak for."""

    name: str
    models: Catalog
    """The models behind the graph's routers; empty for a plain graph."""

    router_name: str = ""
    """The class of the router, which MLRun's metadata names."""

    spoken: tuple[str, ...] = ()
    """The names of all protocols spoken, in the order asked for."""

    default: str = ""
    """The key of the model for requests that name none; "" for the first."""

    @property
    def default_model(self) -> ModelEntry:
        """The model for requests that name none."""
        return self.models.find(self.default) if self.default else next(iter(self.models))


class Call(Record):
    """A route that a protocol claims, taken apart once and kept for the next event.

    ``decode`` makes a Request of an event, or answers it at once (lists, metadata, health).
    """

    protocol: Protocol
    decode: Decode
    method: str
    path: str
    model: str = ""
    version: str = ""
    operation: str = ""
    shy: bool = False
    """Whether it is taken only where ``fits`` says so: a claim by header or body, on any path."""


class Protocol(Structural):
    """One wire protocol. It is made once for a service, and keeps nothing between events."""

    name: ClassVar[str]
    path_header: ClassVar[str]
    """A request header that overrides the path; "" where the protocol has none."""

    def __init__(self, service: Service) -> None: ...

    def call(self, method: str, path: str) -> Call | None:
        """The call that this route is, or None where the route is not this protocol's."""

    def last_resort(self, method: str, path: str) -> Call:
        """The call for a route that no protocol claims; asked of the last one spoken."""

    def fits(self, call: Call, incoming: Incoming) -> bool:
        """Whether the event surely is this protocol's; asked where several claim its route.

        Raises:
            RequestError: the body cannot be read, so nobody knows.
        """

    def encode(self, request: Request, result: Any) -> Response:
        """The answer with what the graph made of ``request``."""

    def error(
        self, error: EventError, incoming: Incoming, request: Request | None, detail: str
    ) -> Response:
        """The answer that words ``error``. ``detail`` is a traceback to show, or ""."""


def json_response(value: Any, status: int = 200) -> Response:
    """A Response with a JSON body: as str, since bytes would travel as base64.

    Raises:
        TypeError: the value holds something JSON has no form for.
    """
    text = jsontext.dumps(value)
    return Response(body=text, content_type="application/json", status_code=status)


def value_response(value: Any) -> Response:
    """A Response with a bare value: text, bytes and Responses as they are, all else as JSON.

    Raises:
        TypeError: the value holds something JSON has no form for.
    """
    if isinstance(value, Response):
        return value
    if isinstance(value, str):
        return Response(body=value, content_type="text/plain")
    if isinstance(value, (bytes, bytearray, memoryview)):
        return Response(body=bytes(value), content_type="application/octet-stream")
    return json_response(value)


def without_place(sentence: str) -> str:
    """An error's sentence for a client: what happened, without the place in our files."""
    return sentence.partition("; at ")[0]
