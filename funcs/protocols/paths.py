"""The model paths that MLRun v2 and the Open Inference Protocol share."""

from __future__ import annotations


def model_path(rest: str) -> tuple[str, str, str]:
    """The model, version and operation of what follows ``/v2/models/``.

    It is ``<model>[/versions/<version>][/<operation>]``; a model may carry its version as ``m:v``.

    >>> model_path("m3/versions/v1/infer")
    ('m3', 'v1', 'infer')
    """
    first, *more = rest.strip("/").split("/")
    model, _, version = first.partition(":")
    if len(more) > 1 and more[0] == "versions":
        return first, more[1], "/".join(more[2:])
    return model, version, "/".join(more)
