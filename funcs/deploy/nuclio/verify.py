"""Whether the function that was deployed runs, and read the configuration of this deploy.

The local platform starts a function without waiting until its processor.yaml is written: on an
update it may read the one before, and nothing says so. Processors log what they read.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

from funcs.deploy.errors import DashboardError, UnreachableError
from funcs.deploy.failure import failure
from funcs.deploy.nuclio.calls import GetLogs, GetReplicas
from funcs.deploy.nuclio.dashboard import Dashboard
from funcs.deploy.nuclio.status import Function
from funcs.deploy.plan import DEPLOY_ID

_READ = "Read configuration"
_TAIL_LINES = 2000
_MOST_CHARACTERS = 4 << 20
_MARK = re.compile(rf"{DEPLOY_ID}.{{0,80}}?value\W+([0-9a-f]+)")


def log_head(dashboard: Dashboard, function: Function) -> str:
    """What the function's replicas wrote first; empty where the dashboard does not tell."""
    return "\n".join(_logs(dashboard, function, tail=0))


def log_tail(dashboard: Dashboard, function: Function) -> str:
    """What they wrote last; empty where the dashboard does not tell."""
    return "\n".join(_logs(dashboard, function, tail=_TAIL_LINES))


def _logs(dashboard: Dashboard, function: Function, *, tail: int) -> list[str]:
    """Of each replica's log the beginning, or that of its last lines."""
    name, namespace = function.name, function.namespace
    try:
        calls = [
            GetLogs(name, namespace, replica, tail=tail)
            for replica in dashboard.send(GetReplicas(name, namespace))
        ]
        return [_beginning(dashboard.stream(call)) for call in calls]
    except (DashboardError, UnreachableError):
        return []


def _beginning(pieces: Generator[str, None, None]) -> str:
    """Whole lines, as many as are worth reading; a function may log without end."""
    text = ""
    with closing(pieces):
        for piece in pieces:
            text += piece
            if len(text) > _MOST_CHARACTERS:
                return text.rpartition("\n")[0]
    return text


def refuse_failed(dashboard: Dashboard, function: Function, folder: Path) -> None:
    """Look whether a settled function runs; ``folder`` is where its code lies here.

    Raises:
        FunctionFailedError: it does not, and why.
    """
    if function.has_failed:
        log = log_tail(dashboard, function)
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
