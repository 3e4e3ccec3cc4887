"""The Open Inference Protocol v2 over HTTP, as its specification and KServe's server have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from funcs import __version__
from funcs.errors import EventError, Kind, RequestError, StepError
from funcs.graph.catalog import ModelEntry
from funcs.protocols import jsontext
from funcs.protocols.incoming import Incoming
from funcs.protocols.oip_body import (
    OipRequest,
    is_binary,
    named_outputs,
    read_request,
    wanted_outputs,
)
from funcs.protocols.outputs import declared, write_raw_tensor, write_tensor
from funcs.protocols.paths import model_path
from funcs.protocols.protocol import Call, Decode, Decoded, Service, json_response, without_place
from funcs.protocols.tensors import are_tensors
from funcs.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar

    from nuclio_sdk import Response
else:
    from funcs.response import Response

_GET = frozenset({"GET", "HEAD"})
_POST = frozenset({"POST", ""})  # a stream's events have no method


class OipProtocol:
    """Named tensors under /v2: health, metadata, readiness, inference."""

    name: ClassVar[str] = "oip"
    path_header: ClassVar[str] = ""

    def __init__(self, service: Service) -> None:
        self._models = service.models
        self._default = service.default_model.key
        about = {"name": service.name, "version": __version__, "extensions": ["binary_tensor_data"]}
        # MLRun's clients ask for the same metadata, and look for this key.
        self._extra = {"model_endpoint_uid": None} if "mlrun" in service.spoken else {}
        self._answers: dict[tuple[str, ...], Decode] = {
            (): partial(_answer_always, about),
            ("health", "live"): partial(_answer_always, {"live": True}),
            ("health", "ready"): self._answer_ready,
            ("models",): self._answer_list,
        }

    def call(self, method: str, path: str) -> Call | None:
        """The call of a path of the specification, whatever its method; / for named tensors.

        At / come a stream's events, whose model is named in the body, or the default.
        """
        parts = tuple(part for part in path.split("/") if part)
        if not parts and method in _POST:
            return Call(self, self._decode_by_body, method, path, shy=True)
        if parts[:1] != ("v2",):
            return None
        if parts[1:2] == ("models",) and len(parts) > 2:
            return self._model_call(method, path, "/".join(parts[2:]))
        answer = self._answers.get(parts[1:])
        if answer is None:
            return None
        return Call(self, answer if method in _GET else _refuse_method, method, path)

    def last_resort(self, method: str, path: str) -> Call:
        """The call that refuses a path outside the specification."""
        return Call(self, _refuse_path, method, path)

    def fits(self, call: Call, incoming: Incoming) -> bool:
        """Inputs that are named tensors, at least one."""
        if call.method not in _POST:
            return False
        if is_binary(incoming):
            return True
        body = incoming.json()
        inputs = body.get("inputs") if isinstance(body, dict) else None
        return isinstance(inputs, list) and bool(inputs) and are_tensors(inputs)

    def encode(self, request: Request, result: Any) -> Response:
        """``{"model_name", "model_version", "id", "outputs"}`` with the outputs asked for."""
        if isinstance(result, Response):
            return result
        if not isinstance(request, OipRequest):
            raise TypeError("only what decode made can be answered")
        entry = request.entry
        outputs = named_outputs(result, entry)
        names = wanted_outputs(request.wanted, outputs, entry.name)
        body: dict[str, Any] = {"model_name": entry.name}
        if entry.version:
            body["model_version"] = entry.version
        body["id"] = request.id
        if any(map(request.is_raw, names)):
            return _raw_response(body, names, outputs, request)
        body["outputs"] = [write_tensor(str(n), outputs[n], request.sent) for n in names]
        return json_response(body)

    def error(
        self, error: EventError, incoming: Incoming, request: Request | None, detail: str
    ) -> Response:
        """``{"error"}`` with the kind's status."""
        text = _words(error)
        return json_response({"error": f"{text}\n{detail}" if detail else text}, error.status)

    def _model_call(self, method: str, path: str, rest: str) -> Call | None:
        model, version, operation = model_path(rest)
        run, methods = self._operation(operation)
        if run is None or (not operation and method not in methods):
            return None  # MLRun infers at the model's own path
        decode: Decode = _refuse_method
        if method in methods:
            try:
                decode = partial(run, self._models.find(model, version))
            except RequestError as error:
                decode = partial(_refuse_model, error.kind)
        return Call(self, decode, method, path, model, version, operation)

    def _decode_by_body(self, call: Call, incoming: Incoming) -> Decoded:
        body = incoming.json()
        name = body.get("model_name") if isinstance(body, dict) else None
        version = str(body.get("model_version") or "") if name else ""
        model, tag, _ = model_path(str(name or self._default))
        return read_request(self._models.find(model, version or tag), call, incoming)

    def _operation(self, operation: str) -> tuple[Any, frozenset[str]]:
        if operation == "infer":
            return read_request, _POST
        if operation == "ready":
            return _answer_model_ready, _GET
        return None if operation else self._answer_metadata, _GET

    def _answer_ready(self, call: Call, incoming: Incoming) -> Decoded:
        """Ready once no model is loading any more, if one of them can serve."""
        settled = all(entry.ready or entry.load_error for entry in self._models)
        ready = settled and any(entry.ready for entry in self._models)
        return json_response({"ready": ready}, 200 if ready else 503)

    def _answer_list(self, call: Call, incoming: Incoming) -> Decoded:
        return json_response({"models": self._models.names()})

    def _answer_metadata(self, entry: ModelEntry, call: Call, incoming: Incoming) -> Decoded:
        versions = self._models.versions(entry.name)
        about = {
            "name": entry.name,
            **({"versions": versions} if versions else {}),
            "platform": "funcs_python",
            "inputs": declared(entry.inputs),
            "outputs": declared(entry.outputs),
        }
        return json_response(about | self._extra)


def _raw_response(
    body: dict[str, Any], names: Iterable[Any], outputs: Mapping[Any, Any], request: OipRequest
) -> Response:
    """The answer with the bytes of some outputs after its JSON."""
    body["outputs"] = written = []
    tail = [b""]
    for name in names:
        if request.is_raw(name):
            tensor, raw = write_raw_tensor(str(name), outputs[name], request.sent)
            tail.append(raw)
        else:
            tensor = write_tensor(str(name), outputs[name], request.sent)
        written.append(tensor)
    head = jsontext.dumps(body).encode()
    return Response(
        body=head + b"".join(tail),
        content_type="application/octet-stream",
        headers={"Inference-Header-Content-Length": str(len(head))},
    )


def _answer_always(value: Any, call: Call, incoming: Incoming) -> Decoded:
    return json_response(value)


def _answer_model_ready(entry: ModelEntry, call: Call, incoming: Incoming) -> Decoded:
    if entry.ready:
        return json_response({"name": entry.name, "ready": True})
    raise RequestError(entry.load_error, kind=Kind.NOT_READY, model=entry.key)


def _refuse_model(kind: Kind, call: Call, incoming: Incoming) -> Decoded:
    """No such model in KServe's words, no such version in MLServer's."""
    model, version = call.model[:200], call.version[:200]
    what = f"Model with name {model} does not exist."
    if kind is Kind.UNKNOWN_VERSION:
        what = f"Model {model} with version {version} not found"
    raise RequestError(what, kind=kind)


def _refuse_method(call: Call, incoming: Incoming) -> Decoded:
    what = f"{call.method[:20]} is not a method of {call.path[:200]}"
    raise RequestError(what, kind=Kind.BAD_METHOD)


def _refuse_path(call: Call, incoming: Incoming) -> Decoded:
    what = f"nothing is served at {call.path[:200]}"
    raise RequestError(what, kind=Kind.UNKNOWN_ROUTE, fix="GET /v2/models lists the models")


def _words(error: EventError) -> str:
    """KServe's form of user code's errors, ``<exception> : <message>``; ours as they are."""
    cause = error.__cause__
    if isinstance(error, StepError) and cause is not None:
        return f"{type(cause).__name__} : {cause}"
    if error.kind is Kind.NOT_READY and error.model:
        why = f" {without_place(error.what)}" if error.what else ""
        return f"Model with name {error.model.partition(':')[0]} is not ready.{why}"
    return error.sentence()
