"""The bodies of an inference in the Open Inference Protocol: what is sent, what is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from funcs.errors import RequestError
from funcs.graph.catalog import ModelEntry
from funcs.protocols import jsontext
from funcs.protocols.incoming import BodyError, Incoming
from funcs.protocols.protocol import Call
from funcs.protocols.rawdata import Tail
from funcs.protocols.tensors import Sent, read_tensor
from funcs.request import Request
from funcs.tensor import Tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_BINARY = "Inference-Header-Content-Length"
# What curl -d says of any body, unasked: it tells nothing of this one.
_UNSAID = frozenset({"", "application/json", "application/x-www-form-urlencoded"})


class OipRequest(Request):
    """A Request that keeps what its answer needs: the tensors sent, the outputs asked for."""

    __slots__ = ("entry", "raw", "sent", "wanted")

    entry: ModelEntry
    sent: Mapping[str, Sent]
    wanted: tuple[str, ...]
    raw: Mapping[str, bool]

    def is_raw(self, output: str) -> bool:
        """Whether an output is asked for as bytes; what is said of it itself wins."""
        return self.raw.get(output, self.parameters.get("binary_data_output") is True)


def read_request(entry: ModelEntry, call: Call, incoming: Incoming) -> OipRequest:
    """The Request in a body; inputs are ``{name: nested list}``, or arrays where declared so.

    Raises:
        RequestError: names the member or tensor, what came and what was expected.
    """
    body, tail = _parts(incoming)
    if not isinstance(body, dict):
        raise RequestError("the body must be a JSON object with 'inputs'")
    sent = _tensors(body.get("inputs"), entry.inputs, tail)
    request = OipRequest(
        {name: tensor.value for name, tensor in sent.items()},
        model=entry.name,
        version=entry.version,
        parameters=_parameters(body.get("parameters")),
        id=_id(body.get("id"), incoming),
        event=incoming.event,
    )
    request.entry = entry
    request.sent = sent
    request.wanted, request.raw = _wanted(body.get("outputs"), entry)
    return request


def is_binary(incoming: Incoming) -> bool:
    """Whether the body is JSON with the bytes of tensors after it."""
    return incoming.header(_BINARY) is not None


def _parts(incoming: Incoming) -> tuple[Any, Tail | None]:
    """The JSON of a body, and the bytes after it where its headers say that there are some."""
    if is_binary(incoming):
        return _binary_parts(incoming)
    content_type = incoming.event.content_type or ""
    if content_type not in _UNSAID and "json" not in content_type.lower():
        what = f"Content-Type {content_type[:100]!r} is not JSON"
        raise RequestError(what, fix=f"send application/json, or {_BINARY} with tensors' bytes")
    return incoming.json(), None


def _binary_parts(incoming: Incoming) -> tuple[Any, Tail]:
    """Both parts of a body of the binary tensor data extension."""
    body, given = incoming.content(), incoming.header(_BINARY) or ""
    if not isinstance(body, bytes) or not body:
        raise RequestError(f"{_BINARY} came with a body that is JSON alone")
    if not given.isdecimal() or not 0 < int(given) <= len(body):
        raise RequestError(f"{_BINARY} is {given[:30]!r}, the body has {len(body)} bytes")
    split = int(given)
    if split < len(body) and "json" in (incoming.event.content_type or "").lower():
        raise RequestError("bytes came after JSON", fix="send application/octet-stream")
    try:
        return jsontext.loads(body[:split]), Tail(body[split:])
    except ValueError as error:
        raise BodyError(str(error)) from None


def _tensors(inputs: Any, declared: Mapping[str, Tensor], tail: Tail | None) -> dict[str, Sent]:
    if not isinstance(inputs, list) or not inputs:
        raise RequestError("'inputs' must be a list of at least one tensor")
    sent: dict[str, Sent] = {}
    for index, item in enumerate(inputs):
        name, tensor = read_tensor(item, index, declared, tail)
        if name in sent:
            raise RequestError(f"input {name!r} is sent twice")
        sent[name] = tensor
    if tail is not None:
        tail.finish()
    return sent


def _id(given: Any, incoming: Incoming) -> str:
    """The client's id, else the event's: KServe's clients want one in every answer."""
    if given is not None and not isinstance(given, str):
        raise RequestError("'id' must be text")
    return given or str(incoming.event.id or "none")


def _parameters(given: Any) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise RequestError("'parameters' must be an object")
    return given


def _wanted(outputs: Any, entry: ModelEntry) -> tuple[tuple[str, ...], Mapping[str, bool]]:
    """The names of the outputs asked for, () for all, and which are asked for as bytes or not."""
    if not outputs and isinstance(outputs, (list, type(None))):
        return (), {}
    if not isinstance(outputs, list) or not all(isinstance(item, dict) for item in outputs):
        raise RequestError("'outputs' must be a list of objects, each with a name")
    raw: dict[str, bool] = {}
    for item in outputs:
        name, parameters = item.get("name"), _parameters(item.get("parameters"))
        if not isinstance(name, str):
            raise RequestError("'outputs' must be a list of objects, each with a name")
        if entry.outputs and name not in entry.outputs:
            raise _no_output(name, entry.name)
        if "binary_data" in parameters:
            raw[name] = parameters["binary_data"] is True
    return tuple(item["name"] for item in outputs), raw


def _no_output(name: str, model: str) -> RequestError:
    # KServe's words
    return RequestError(f"Unexpected inference output {name[:200]!r} for model {model!r}")


def named_outputs(result: Any, entry: ModelEntry) -> Mapping[Any, Any]:
    """A graph's result by output name; a bare one is the only declared, or ``output-0``."""
    if isinstance(result, Mapping):
        return result
    return {next(iter(entry.outputs)) if len(entry.outputs) == 1 else "output-0": result}


def wanted_outputs(
    wanted: tuple[str, ...], outputs: Mapping[Any, Any], model: str
) -> tuple[str, ...]:
    """The names to answer: those wanted, or all.

    Raises:
        RequestError: one is wanted that there is not.
    """
    for name in wanted:
        if name not in outputs:
            raise _no_output(name, model)
    return wanted or tuple(outputs)
