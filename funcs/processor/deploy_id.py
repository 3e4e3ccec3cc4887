"""Tells the processor.yaml of this deploy from the one before it.

Nuclio's local platform starts a function without waiting until its processor.yaml is written: the
file may be missing, or on an update still the previous one. A deploy of funcs puts an id into
`spec.env`, which is then both in the file and in the container's environment.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "FUNCS_DEPLOY_ID"
#: Kubernetes mounts what it has; a pod that starts again later may well find newer a file.
_IN_CLUSTER = "KUBERNETES_SERVICE_HOST"
_PATIENCE_S = 10.0
_PAUSE_S = 0.02


def await_configuration(
    path: str | os.PathLike[str], environ: Mapping[str, str], *, patience_s: float = _PATIENCE_S
) -> bool:
    """Wait until the file at ``path`` is the one of this deploy; whether it is.

    It is taken to be where the environment names no deploy.
    """
    wanted = environ.get(VARIABLE, "")
    if not wanted or _IN_CLUSTER in environ:
        return True
    deadline = time.monotonic() + patience_s
    while not _holds(path, wanted):
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE_S)
    return True


def _holds(path: str | os.PathLike[str], word: str) -> bool:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib is a tenth of a start
            return word.encode() in file.read()
    except OSError:
        return False
