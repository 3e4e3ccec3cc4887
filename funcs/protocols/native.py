"""The plain form: a JSON body in, the graph's result out, errors as one JSON object.

Graphs without models speak it on every route; beside model protocols it answers the routes that
none of them claims.
"""

from __future__ import annotations

from funcs.errors import EventError, Kind, RequestError
from funcs.protocols.incoming import BodyError, Incoming
from funcs.protocols.protocol import Call, Decoded, Service, json_response, value_response
from funcs.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar

    from nuclio_sdk import Response
else:
    from funcs.response import Response


class NativeProtocol:
    """Values as they are, for graphs that speak to their own clients."""

    name: ClassVar[str] = "native"
    path_header: ClassVar[str] = ""

    def __init__(self, service: Service) -> None:
        self._takes_all = len(service.models) == 0 or service.spoken == (self.name,)

    def call(self, method: str, path: str) -> Call | None:
        """Every route of a plain graph; none beside model protocols."""
        return Call(self, self._decode, method, path) if self._takes_all else None

    def last_resort(self, method: str, path: str) -> Call:
        """The call that refuses a route nobody knows."""
        return Call(self, _refuse, method, path)

    def fits(self, call: Call, incoming: Incoming) -> bool:
        """Never surely: any body is native."""
        return False

    def _decode(self, call: Call, incoming: Incoming) -> Decoded:
        event = incoming.event
        return Request(_value(incoming), id=event.id or "", event=event)

    def encode(self, request: Request, result: Any) -> Response:
        """Text as text/plain, bytes as they are, a Response untouched, all else as JSON."""
        return value_response(result)

    def error(
        self, error: EventError, incoming: Incoming, request: Request | None, detail: str
    ) -> Response:
        """``{"error", "code", "step" and "model" where known, "id"}`` with the kind's status."""
        body = {"error": error.sentence(), "code": error.kind.name.lower()}
        body |= {"step": error.step} if error.step else {}
        body |= {"model": error.model} if error.model else {}
        body |= {"detail": detail} if detail else {}
        return json_response(body | {"id": incoming.event.id}, error.status)


def _refuse(call: Call, incoming: Incoming) -> Decoded:
    what = f"nothing is served at {call.method} {call.path[:200]}"
    raise RequestError(what, kind=Kind.UNKNOWN_ROUTE, fix="GET /v2/models lists the models")


def _value(incoming: Incoming) -> Any:
    """The body's value: of JSON where the content type says so, or says nothing and it is.

    Nuclio has decoded ``application/json`` already, so a str of that type is a JSON string.
    """
    kind = (incoming.event.content_type or "").partition(";")[0].strip().lower()
    body = incoming.event.body
    if isinstance(body, str) and kind == "application/json":
        return body
    if kind and not kind.endswith("json"):
        return body if body else None
    try:
        return incoming.json()
    except BodyError:
        if kind:
            raise
        return body
