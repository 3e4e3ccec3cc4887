"""Where a deployed function is called, and whether what the dashboard stores is still true.

The local platform stores addresses when it deploys and never looks again: after a restart of the
engine they may be another function's.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from funcs.deploy.engine import ContainerFacts, Engine
from funcs.deploy.nuclio.status import Function
from funcs.errors import DeployError

_EVERYWHERE = frozenset({"0.0.0.0", "[::]", ""})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def container_name(function: Function) -> str:
    """The container of a function on the local platform."""
    return f"nuclio-{function.namespace}-{function.name}"


def is_stale(function: Function, engine: Engine, dashboard_url: str) -> bool:
    """Whether the stored address is no longer the function's; False where nobody can tell.

    Only an engine of the dashboard's own machine can: one that is not local is not asked.
    """
    if (urlsplit(dashboard_url).hostname or "") not in _LOOPBACK or not function.internal:
        return False
    container = engine.container(container_name(function))
    return container is not None and _differs(function, container)


def _differs(function: Function, container: ContainerFacts) -> bool:
    if not container.is_running:
        return True
    hosts = {address.rpartition(":")[0] for address in function.internal}
    is_elsewhere = bool(container.addresses) and hosts.isdisjoint(container.addresses)
    return is_elsewhere or function.port != container.port


def direct_url(function: Function, dashboard_url: str) -> str:
    """The address under which the function is called without the dashboard.

    Raises:
        DeployError: it has none that is reached from outside.
    """
    host = urlsplit(dashboard_url).hostname or "localhost"
    for address in function.external:
        place, _, rest = address.partition(":")
        if place in _EVERYWHERE:
            return f"http://{host}:{rest}"
        return f"http://{address}"
    if function.port:
        return f"http://{host}:{function.port}"
    what = f"function {function.name!r} has no address outside the platform"
    fix = "call it through the dashboard, or publish its port"
    raise DeployError(what, where=f"state {function.state!r}", fix=fix)
