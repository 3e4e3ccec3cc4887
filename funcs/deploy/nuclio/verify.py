"""Whether the function that was deployed runs, and read the configuration of this deploy.

The local platform starts a function without waiting until its processor.yaml is written: on an
update it may read the one before, and nothing says so. Processors log what they read.
"""

from __future__ import annotations

import re
from pathlib import Path

from funcs.deploy.errors import DashboardError, UnreachableError
from funcs.deploy.nuclio.calls import GetLogs, GetReplicas
from funcs.deploy.nuclio.dashboard import Dashboard
from funcs.deploy.nuclio.failure import failure
from funcs.deploy.nuclio.status import Function
from funcs.deploy.plan import DEPLOY_ID

_READ = "Read configuration"
_MARK = re.compile(rf"{DEPLOY_ID}.{{0,80}}?value\W+([0-9a-f]+)")


def container_log(dashboard: Dashboard, function: Function, *, tail: int = 0) -> str:
    """What the function's replicas wrote; empty where the dashboard does not tell."""
    try:
        names = dashboard.send(GetReplicas(function.name, function.namespace))
        texts = [
            dashboard.send(GetLogs(function.name, function.namespace, name, tail=tail))
            for name in names
        ]
    except (DashboardError, UnreachableError):
        return ""
    return "\n".join(texts)


def refuse_failed(dashboard: Dashboard, function: Function, folder: Path) -> None:
    """Look whether a settled function runs; ``folder`` is where its code lies here.

    Raises:
        FunctionFailedError: it does not, and why.
    """
    if function.has_failed:
        log = container_log(dashboard, function)
        raise failure(function.name, function.message, log, folder)


def has_read(deploy_id: str, log: str) -> bool | None:
    """Whether a processor read the configuration of the deploy; None where its log does not say.

    >>> has_read("ab12", 'Read configuration {"config": "FUNCS_DEPLOY_ID, value: 00ff"}')
    False
    """
    lines = [line for line in log.splitlines() if _READ in line]
    if not lines:
        return None
    marks = {mark for line in lines for mark in _MARK.findall(line)}
    return deploy_id in marks
