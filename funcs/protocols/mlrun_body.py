"""What MLRun makes of a request's body, and what it says of one it will not take."""

from __future__ import annotations

from io import BytesIO

from funcs.errors import RequestError
from funcs.graph.catalog import ModelEntry
from funcs.protocols import jsontext
from funcs.protocols.incoming import BodyError, Incoming

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NEEDS_SCHEMA = (
    "MLRunInvalidArgumentError: In order to use predict_dict or infer_dict operation you have to "
    "provide `model_path` to the model server and to load it by `load()` function"
)
_NEEDS_ROWS = (
    "MLRunInvalidArgumentError: When using predict_dict or infer_dict operation the inputs must be "
    "of type `list[dict]` or `dict`"
)


class Refusal(RequestError):
    """A refusal in MLRun's own words, the exception's name in front."""


def read_body(incoming: Incoming) -> Any:
    """The body's object; an empty or false value as it is; an image as ``{"inputs": [file]}``."""
    try:
        value = incoming.json()
        if isinstance(value, dict) or not value:
            return value
        # A JSON string that holds JSON is read again, as MLRun does.
        return _object(jsontext.loads(value)) if isinstance(value, str) else _object(value)
    except BodyError as error:
        return _not_json(incoming, error.reason)
    except ValueError as error:
        return _not_json(incoming, str(error))


def _object(value: Any) -> Any:
    if isinstance(value, dict) or not value:
        return value
    kind = type(value).__name__
    raise Refusal(
        "ValueError: Unrecognized request format, caused by: "
        f"the JSON object must be str, bytes or bytearray, not {kind}"
    )


def _not_json(incoming: Incoming, reason: str) -> Any:
    content_type = incoming.event.content_type or ""
    body = incoming.event.body
    if content_type.startswith("image/") and isinstance(body, (bytes, bytearray)):
        return {"inputs": [BytesIO(body)]}
    if "json" in content_type:
        raise Refusal(f"failed to json decode event, {reason}")
    raise Refusal(f"ValueError: Unrecognized request format, caused by: {reason}")


def listed_inputs(body: Any) -> list[Any]:
    """The ``inputs`` of a body, which must be a list."""
    if body is None or isinstance(body, (bool, int, float)):
        kind = type(body).__name__
        raise Refusal(f"TypeError: argument of type '{kind}' is not iterable")
    if not isinstance(body, dict) or "inputs" not in body:
        raise Refusal('Exception: Expected key "inputs" in request body')
    inputs = body["inputs"]
    if not isinstance(inputs, list):
        raise Refusal('Exception: Expected "inputs" to be a list')
    return inputs


def row_inputs(body: Any, entry: ModelEntry) -> list[Any]:
    """The ``inputs`` as rows by name, one row alone in a list; the model must declare names."""
    if not entry.inputs:
        raise Refusal(_NEEDS_SCHEMA)
    inputs = body.get("inputs") if isinstance(body, dict) else None
    rows = [inputs] if isinstance(inputs, dict) else inputs
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Refusal(_NEEDS_ROWS)
    for row in rows:
        if not row.keys() >= entry.inputs.keys():
            known = list(entry.inputs)
            raise Refusal(
                "MLRunInvalidArgumentError: Input dictionary don't contain all the necessary "
                f"input keys : {known}"
            )
    return [{name: row[name] for name in entry.inputs} for row in rows]
