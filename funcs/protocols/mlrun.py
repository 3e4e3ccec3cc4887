"""MLRun's v2 serving protocol, as MLRun 1.12 answers it.

Errors are text, ``<exception>: <message>``, and nearly all are 400: its clients read them so.
Where its answers are defects, these are what its users expect: methods are checked, a model that
is not ready is 503, the path's operation wins over the body's, and JSON is valid.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from funcs.errors import EventError, Kind, RequestError, StepError
from funcs.graph.catalog import ModelEntry
from funcs.protocols.clock import Clock
from funcs.protocols.incoming import Incoming
from funcs.protocols.mlrun_body import Refusal, listed_inputs, read_body, row_inputs
from funcs.protocols.paths import model_path
from funcs.protocols.protocol import (
    Call,
    Decode,
    Decoded,
    Service,
    json_response,
    value_response,
    without_place,
)
from funcs.protocols.tensors import are_tensors
from funcs.request import Request
from funcs.tensor import Tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar

    from nuclio_sdk import Response
else:
    from funcs.response import Response

_MODELS = "/v2/models"
_HEALTH = "/v2/health"
_INFER = frozenset({"", "infer", "predict"})
_ROWS = frozenset({"infer_dict", "predict_dict"})
_ENVELOPED = frozenset({"infer", "explain"})
_POST = frozenset({"POST", ""})  # a stream's events have no method
_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE", ""})
_MOST = 32_000
_STATUS = {Kind.BAD_METHOD: 405, Kind.TOO_LARGE: 413, Kind.NOT_READY: 503, Kind.TIMEOUT: 408}


class MlrunRequest(Request):
    """A Request that keeps the id as its client gave it: any JSON value, echoed as it came."""

    __slots__ = ("client_id", "entry")

    client_id: Any
    entry: ModelEntry


class MlrunProtocol:
    """Routes under /v2/models, or by ``model`` and ``operation`` in a body sent to /."""

    name: ClassVar[str] = "mlrun"
    path_header: ClassVar[str] = "Mlrun-Event-Path"

    def __init__(self, service: Service) -> None:
        self._models = {entry.key: entry for entry in service.models}
        # MLRun knows models by their full key. Beside protocols that know default versions, the
        # same name must reach the same model in either dialect.
        self._catalog = None if service.spoken == (self.name,) else service.models
        self._default = service.default_model.key
        self._clock = Clock()
        about = {"name": service.router_name, "version": "v2", "extensions": []}
        # KServe's V1 clients look for "status" at the same route.
        self._about = about if service.spoken == (self.name,) else {"status": "alive", **about}

    def call(self, method: str, path: str) -> Call | None:
        """The call of a path under MLRun's prefixes, or of /."""
        if path.startswith(_MODELS):
            return self._model_call(method, path)
        if method == "GET" and (path.startswith(_HEALTH) or not path.strip("/")):
            return Call(self, self._answer_about, method, path)
        return None if path.strip("/") else Call(self, self._decode_by_body, method, path)

    def last_resort(self, method: str, path: str) -> Call:
        """The call that refuses a path outside the prefixes."""
        return Call(self, _refuse_path, method, path)

    def fits(self, call: Call, incoming: Incoming) -> bool:
        """Inputs that are a list, and not one of named tensors."""
        if call.operation not in _INFER or call.method not in _POST:
            return False
        body = incoming.json()
        inputs = body.get("inputs") if isinstance(body, dict) else None
        return isinstance(inputs, list) and bool(inputs) and not are_tensors(inputs)

    def encode(self, request: Request, result: Any) -> Response:
        """``{"id", "model_name", "outputs", "timestamp"}``; other operations' results alone."""
        if isinstance(result, Response):
            return result
        if request.operation not in _ENVELOPED:
            return value_response(result)
        if not isinstance(request, MlrunRequest):
            raise TypeError("only what decode made can be answered")
        entry = request.entry
        envelope = {
            "id": request.client_id,
            "model_name": entry.name,
            "outputs": _unwrapped(result, entry.outputs),
        }
        if request.operation == "infer":
            envelope["timestamp"] = self._clock.timestamp()
        return json_response(envelope)

    def error(
        self, error: EventError, incoming: Incoming, request: Request | None, detail: str
    ) -> Response:
        """The exception's name and message as text, and a traceback where it may be shown."""
        text = _words(error)
        status = _status(error)
        body = f"{text}\n{detail}" if detail else text
        return Response(body=body, content_type="text/plain", status_code=status)

    def _model_call(self, method: str, path: str) -> Call:
        rest = path[len(_MODELS) :].strip("/")
        if not rest:
            return Call(self, self._answer_list, method, path)
        model, version, operation = model_path(rest)
        entry = self._find(f"{model}:{version}" if version else model)
        decode: Decode = self._decode_unknown
        if entry is not None:
            answers = _ANSWERS if method == "GET" else {}
            decode = partial(answers.get(operation, self._decode), entry)
        return Call(self, decode, method, path, model, version, operation)

    def _answer_about(self, call: Call, incoming: Incoming) -> Decoded:
        return json_response(self._about)

    def _answer_list(self, call: Call, incoming: Incoming) -> Decoded:
        return json_response({"models": list(self._models)})

    def _decode(self, entry: ModelEntry, call: Call, incoming: Incoming) -> Decoded:
        return _request(entry, call, incoming, read_body(incoming))

    def _decode_unknown(self, call: Call, incoming: Incoming) -> Decoded:
        read_body(incoming)  # a bad body is named first
        raise self._unknown(f"{call.model}:{call.version}" if call.version else call.model)

    def _decode_by_body(self, call: Call, incoming: Incoming) -> Decoded:
        body = read_body(incoming)
        if not isinstance(body, dict):
            raise self._unknown("")
        key = str(body["model"]) if "model" in body else self._default
        entry = self._find(key)
        if entry is None:
            raise self._unknown(key)
        return _request(entry, call, incoming, body)

    def _find(self, key: str) -> ModelEntry | None:
        entry = self._models.get(key)
        if entry is None and self._catalog is not None:
            with suppress(RequestError):
                entry = self._catalog.find(key)
        return entry

    def _unknown(self, key: str) -> Refusal:
        known = " | ".join(self._models)
        what = f"ValueError: model {key[:200]} doesnt exist, available models: {known}"
        return Refusal(what, kind=Kind.UNKNOWN_MODEL)


def _request(entry: ModelEntry, call: Call, incoming: Incoming, body: Any) -> MlrunRequest:
    event = incoming.event
    fields = body if isinstance(body, dict) else {}
    operation = call.operation or str(fields.get("operation") or "")
    operation, inputs = _operation(call, operation, body, entry)
    request = MlrunRequest(
        inputs, model=entry.name, version=entry.version, operation=operation, event=event
    )
    request.entry = entry
    request.client_id = fields.get("id", event.id)
    request.id = str(request.client_id or event.id or "")
    parameters = fields.get("parameters")
    if isinstance(parameters, dict):
        request.parameters = parameters
    return request


def _operation(call: Call, name: str, body: Any, entry: ModelEntry) -> tuple[str, Any]:
    """The operation as the model knows it, and its inputs."""
    if name in _INFER:
        if call.method not in (_POST if call.operation else _CHANGING):
            what = f"ValueError: illegal method {call.method} for infer"
            raise Refusal(what, kind=Kind.BAD_METHOD, fix="use POST")
        return "infer", listed_inputs(body)
    if name in _ROWS:
        return "infer", row_inputs(body, entry)
    if name == "explain":
        return name, listed_inputs(body)
    if name in entry.operations:
        return name, body["inputs"] if isinstance(body, dict) and "inputs" in body else body
    what = f"ValueError: illegal model operation {name[:200]}, method={call.method}"
    raise Refusal(what, kind=Kind.UNKNOWN_OPERATION)


def _answer_metadata(entry: ModelEntry, call: Call, incoming: Incoming) -> Decoded:
    inputs, outputs = _features(entry.inputs), _features(entry.outputs)
    about = {"name": entry.name, "model_endpoint_uid": "", "inputs": inputs, "outputs": outputs}
    return json_response(about)


def _answer_ready(entry: ModelEntry, call: Call, incoming: Incoming) -> Decoded:
    if not entry.ready:
        raise Refusal(_not_ready(entry.key, entry.load_error), kind=Kind.NOT_READY)
    text = f"Model {entry.key} is ready (event_id = {incoming.event.id})"
    return Response(body=text.encode(), content_type="text/plain")


_ANSWERS = {"": _answer_metadata, "ready": _answer_ready}


def _refuse_path(call: Call, incoming: Incoming) -> Decoded:
    what = f"ValueError: illegal path prefix {call.path[:200]}, must start with {_MODELS}"
    raise Refusal(what, kind=Kind.UNKNOWN_ROUTE)


def _features(tensors: Any) -> list[dict[str, str]]:
    return [{"name": name, "value_type": _value_type(t)} for name, t in tensors.items()]


def _value_type(tensor: Tensor) -> str:
    """MLRun's name of a dtype: ``int``, ``float``, ``bool``, ``str``."""
    return tensor.dtype.lstrip("u").rstrip("0123456789")


def _unwrapped(result: Any, declared: Any) -> Any:
    """The only declared output alone, several as a dict: MLRun's clients expect bare lists."""
    if len(declared) == 1 and isinstance(result, dict) and result.keys() == declared.keys():
        return next(iter(result.values()))
    return result


def _status(error: EventError) -> int:
    """400 for what user code raised too; 500 where the failure is not a step's."""
    if error.kind in {Kind.MODEL_FAILED, Kind.STEP_FAILED} and not isinstance(error, StepError):
        return 500
    return _STATUS.get(error.kind, 400)


def _words(error: EventError) -> str:
    if isinstance(error, Refusal):
        return error.what
    cause = error.__cause__
    if isinstance(error, StepError) and cause is not None:
        return f"{type(cause).__name__}: {_message(cause)}"
    if error.kind is Kind.NOT_READY:
        return _not_ready(error.model, error.what)
    if not isinstance(error, RequestError):
        return error.what
    return f"ValueError: {error.sentence()}"


def _not_ready(key: str, load_error: str) -> str:
    text = f"RuntimeError: model {key} is not ready yet"
    return f"{text}, caused by: {without_place(load_error)}" if load_error else text


def _message(cause: BaseException) -> str:
    """What an exception says, its own causes after it; the middle of a long text is left out."""
    text = str(cause) or repr(cause)
    deeper = cause.__cause__
    while deeper is not None:
        text, deeper = f"{text}, caused by: {deeper}", deeper.__cause__
    half = _MOST // 2
    return text if len(text) <= _MOST else f"{text[:half]}...truncated...{text[-half:]}"
