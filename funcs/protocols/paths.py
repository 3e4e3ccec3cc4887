"""The model paths that MLRun v2 and the Open Inference Protocol share."""

from __future__ import annotations

from typing import NamedTuple


class ModelPath(NamedTuple):
    """``<model>[/versions/<version>][/<operation>]``, taken apart."""

    model: str
    version: str
    operation: str


def model_path(rest: str) -> ModelPath:
    """The parts of what follows ``/v2/models/``; a model may carry its version as ``m:v``.

    >>> model_path("m3/versions/v1/infer")
    ModelPath(model='m3', version='v1', operation='infer')
    """
    first, *more = rest.strip("/").split("/")
    model, _, version = first.partition(":")
    if len(more) > 1 and more[0] == "versions":
        return ModelPath(first, more[1], "/".join(more[2:]))
    return ModelPath(model, version, "/".join(more))
