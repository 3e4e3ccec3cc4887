"""Finds one request that the function answers, and writes it as a curl line."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from funcs.cases.case import Case, is_case
from funcs.cases.event import HttpEvent
from funcs.cases.folder import event_files
from funcs.cases.reading import load
from funcs.errors import FuncsError

_SHORT_BYTES = 200
_MANY_VALUES = 4096
_VALUES = {"BOOL": True, "BYTES": "text"}


@dataclass(frozen=True, slots=True)
class Sample:
    """A request to try: ``body`` as text, or the ``file`` that holds it, or neither (GET)."""

    path: str = "/"
    method: str = ""
    body: str = ""
    file: Path | None = None
    content_type: str = ""

    def curl(self, url: str, *, working_folder: Path) -> str:
        """The line for a shell that stands in ``working_folder``."""
        words = ["curl", "-s", url + self.path]
        given = "-d" if self.file is None else "--data-binary"
        if self.method and self.method != ("POST" if self._has_body else "GET"):
            words += ["-X", self.method]
        if self._has_body and self.content_type:
            words += ["-H", f"Content-Type: {self.content_type}"]
        if self.file is not None:
            words += [given, f"@{_from(working_folder, self.file)}"]
        elif self.body:
            words += [given, self.body]
        return shlex.join(words)

    @property
    def _has_body(self) -> bool:
        return bool(self.body) or self.file is not None


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What the running function says about one model."""

    name: str
    version: str = ""
    inputs: tuple[Mapping[str, Any], ...] = ()
    speaks_oip: bool = True

    @classmethod
    def of_label(cls, label: str) -> ModelCard:
        """The card of ``name``, or of ``name:version``."""
        name, _, version = label.partition(":")
        return cls(name, version)

    @property
    def label(self) -> str:
        """``name``, or ``name:version``."""
        return f"{self.name}:{self.version}" if self.version else self.name

    @property
    def infer_path(self) -> str:
        """Where the model is asked; its default version, if several are served."""
        return f"/v2/models/{self.name}/infer"


def choose_sample(
    folder: Path, models: Sequence[ModelCard], *, scratch: Path, is_graph: bool
) -> Sample:
    """One of the function's own events, else one built from what its first model declares.

    A body too long for a line is written to a file in ``scratch``.
    """
    path = models[0].infer_path if models else "/"
    event = _own_event(folder, path, scratch)
    if event is not None:
        return event
    if not models:
        return Sample(body="{}" if is_graph else "hello", content_type=_JSON if is_graph else "")
    body = example_body(models[0])
    if body is None:
        return Sample(path=path.removesuffix("/infer"))
    if len(body) <= _SHORT_BYTES:
        return Sample(path=path, body=body, content_type=_JSON)
    file = scratch / "sample.json"
    file.write_text(body)
    return Sample(path=path, file=file, content_type=_JSON)


_JSON = "application/json"


def _own_event(folder: Path, path: str, scratch: Path) -> Sample | None:
    """The first of ``events/*.json`` in the order of their names that can be read.

    A case of ours and a saved Nuclio event say where they go; any other JSON is a body for
    ``path``.
    """
    for each in event_files(folder):
        try:
            value = load(each.file)
            event = Case.read(each.file, path=path).event
        except FuncsError:
            continue
        kind = event.header("content-type")
        if not is_case(value) and event.body == each.file.read_bytes():
            return Sample(path=path, file=each.file, content_type=kind)
        return _written(event, kind, scratch)
    return None


def _written(event: HttpEvent, kind: str, scratch: Path) -> Sample:
    """The event with its body on the line; one that is long or no text in a file."""
    body = event.body or b""
    if len(body) <= _SHORT_BYTES and body.isascii() and b"\0" not in body:
        return Sample(event.path, event.method, body.decode(), None, kind)
    file = scratch / "sample.bin"
    file.write_bytes(body)
    return Sample(event.path, event.method, "", file, kind)


def example_body(model: ModelCard) -> str | None:
    """A body that fits the declared inputs, each dimension of any size being 1.

    Nothing if no inputs are declared, or if they are too large to make up.
    """
    if not model.inputs:
        return None
    tensors = []
    for tensor in model.inputs:
        shape = [1 if size < 0 else size for size in tensor["shape"]]
        count = math.prod(shape)
        if count > _MANY_VALUES:
            return None
        datatype = str(tensor["datatype"])
        value = _VALUES.get(datatype, 0.5 if datatype.startswith(("FP", "BF")) else 1)
        tensors.append(
            {"name": tensor["name"], "shape": shape, "datatype": datatype, "data": [value] * count}
        )
    if model.speaks_oip:
        return json.dumps({"inputs": tensors})
    return json.dumps({"inputs": _nested(tensors[0]["data"], tensors[0]["shape"])})


def _nested(values: list[Any], shape: Sequence[int]) -> Any:
    """Flat row-major ``values`` as lists in lists of the shape."""
    if len(shape) <= 1:
        return values if shape else values[0]
    step = len(values) // shape[0] if shape[0] else 0
    return [_nested(values[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]


def _from(working_folder: Path, file: Path) -> str:
    """``file`` as it is written in ``working_folder``: relative where it lies below."""
    file, working_folder = file.resolve(), working_folder.resolve()
    if file.is_relative_to(working_folder):
        return str(file.relative_to(working_folder))
    return str(file)
