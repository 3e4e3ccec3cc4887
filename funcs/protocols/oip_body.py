"""The bodies of an inference in the Open Inference Protocol: what is sent, what is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from funcs.errors import Kind, RequestError
from funcs.graph.catalog import ModelEntry
from funcs.protocols.incoming import Incoming
from funcs.protocols.protocol import Call
from funcs.protocols.tensors import Sent, read_tensor
from funcs.request import Request
from funcs.tensor import Tensor

_BINARY = "Inference-Header-Content-Length"
_ENCODING = "Content-Encoding"
_TELLING = frozenset({_BINARY, _ENCODING, _BINARY.lower(), _ENCODING.lower()})
# What a declared kind of number may be sent as: the values are checked when they are bound.
_TAKES: dict[str, tuple[str, ...]] = {
    "FP": ("FP", "INT", "UINT"),
    "INT": ("INT", "UINT"),
    "UINT": ("INT", "UINT"),
}


class OipRequest(Request):
    """A Request that keeps what its answer needs: the tensors sent, the outputs asked for."""

    __slots__ = ("entry", "sent", "wanted")

    entry: ModelEntry
    sent: Mapping[str, Sent]
    wanted: tuple[str, ...]


def read_request(entry: ModelEntry, call: Call, incoming: Incoming) -> OipRequest:
    """The Request in a body; inputs are ``{name: nested list}``.

    Raises:
        RequestError: names the member or tensor, what came and what was expected.
    """
    _check_headers(incoming)
    body = incoming.json()
    if not isinstance(body, dict):
        raise RequestError("the body must be a JSON object with 'inputs'")
    sent = _tensors(body.get("inputs"), entry)
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
    request.wanted = _wanted(body.get("outputs"), entry)
    return request


def _check_headers(incoming: Incoming) -> None:
    headers = incoming.event.headers
    if headers and not _TELLING.isdisjoint(headers):
        _check_telling(incoming)
    content_type = incoming.event.content_type
    if content_type and content_type != "application/json" and "json" not in content_type.lower():
        what = f"Content-Type {content_type[:100]!r} is not JSON"
        raise RequestError(what, fix="send application/json")


def _check_telling(incoming: Incoming) -> None:
    if incoming.header(_BINARY) is not None:
        what = "the binary tensor data extension is not supported yet"
        raise RequestError(what, fix="send the tensors as JSON data")
    encoding = incoming.header(_ENCODING)
    if encoding and encoding.lower() != "identity":
        what = f"Content-Encoding {encoding[:50]!r} is not supported"
        raise RequestError(what, kind=Kind.UNSUPPORTED_TYPE, fix="send the body uncompressed")


def _tensors(inputs: Any, entry: ModelEntry) -> dict[str, Sent]:
    if not isinstance(inputs, list) or not inputs:
        raise RequestError("'inputs' must be a list of at least one tensor")
    sent: dict[str, Sent] = {}
    for index, item in enumerate(inputs):
        name, tensor = read_tensor(item, index)
        if name in sent:
            raise RequestError(f"input {name!r} is sent twice")
        sent[name] = tensor
        if entry.inputs and name in entry.inputs:
            sent[name] = _fitted(name, tensor, entry.inputs[name])
    return sent


def _fitted(name: str, sent: Sent, tensor: Tensor) -> Sent:
    """What was sent, once its datatype can be what the model declares."""
    wanted, came = tensor.datatype, sent.datatype
    allowed = _TAKES.get(wanted.rstrip("0123456789"), ())
    takes_all = tensor.dtype == "object"
    if came != wanted and not takes_all and came.rstrip("0123456789") not in allowed:
        raise RequestError(f"input {name!r}: datatype {came} came, expected {wanted}")
    if not sent.flat and len(sent.shape) > 1:
        return _empty(sent, tensor)
    return sent


def _empty(sent: Sent, tensor: Tensor) -> Sent:
    """Nested lists cannot tell [0, 64] from [0, 2]; an array can."""
    import numpy  # declared tensors have brought it already

    dtype = tensor.dtype if tensor.datatype != "BYTES" else "object"
    return Sent(sent.datatype, sent.shape, numpy.empty(sent.shape, dtype), sent.flat)


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


def _wanted(outputs: Any, entry: ModelEntry) -> tuple[str, ...]:
    """The names of the outputs asked for; () is all of them."""
    if not outputs and isinstance(outputs, (list, type(None))):
        return ()
    if not isinstance(outputs, list) or not all(isinstance(item, dict) for item in outputs):
        raise RequestError("'outputs' must be a list of objects, each with a name")
    names = tuple(item.get("name") for item in outputs)
    for name in names:
        if not isinstance(name, str):
            raise RequestError("'outputs' must be a list of objects, each with a name")
        if entry.outputs and name not in entry.outputs:
            raise _no_output(name, entry.name)
    return names


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
