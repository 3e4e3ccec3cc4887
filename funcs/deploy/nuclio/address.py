"""Where a deployed function is called, and whether what the dashboard stores is still true.

The local platform stores addresses when it deploys and never looks again: after a restart of the
engine they may be another function's.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from funcs.deploy.engine import ContainerFacts, Engine
from funcs.deploy.nuclio.status import Function
from funcs.errors import DeployError

#: What stands for every address of the platform's machine.
_EVERYWHERE = ("0.0.0.0:", "[::]:", ":")


def is_here(url: str) -> bool:
    """Whether what answers at ``url`` runs on this machine, or is led through it.

    >>> is_here("http://127.0.0.1:8070"), is_here("http://lab:8070")
    (True, False)
    """
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def container_name(function: Function) -> str:
    """The container of a function on the local platform."""
    return f"nuclio-{function.namespace}-{function.name}"


def is_stale(function: Function, engine: Engine, dashboard_url: str) -> bool:
    """Whether the stored address is no longer the function's; False where nobody can tell.

    Only an engine of the dashboard's own machine can: one that is not local is not asked.
    """
    if not is_here(dashboard_url) or not function.internal:
        return False
    container = engine.container(container_name(function))
    return container is not None and _differs(function, container)


def _differs(function: Function, container: ContainerFacts) -> bool:
    if not container.is_running:
        return True
    hosts = {address.rpartition(":")[0] for address in function.internal}
    is_elsewhere = bool(container.addresses) and hosts.isdisjoint(container.addresses)
    return is_elsewhere or function.port != container.port


def outside(function: Function, dashboard_url: str) -> tuple[str, ...]:
    """The addresses under which the function is called without the dashboard, the best first."""
    host = urlsplit(dashboard_url).hostname or "localhost"
    host = f"[{host}]" if ":" in host else host
    published = (f":{function.port}",) if function.port else ()
    return tuple(f"http://{_at(host, each)}" for each in function.external or published)


def direct_url(function: Function, dashboard_url: str) -> str:
    """The best of them.

    Raises:
        DeployError: it has none that is reached from outside.
    """
    for url in outside(function, dashboard_url):
        return url
    what = f"function {function.name!r} has no address outside the platform"
    fix = "call it through the dashboard, or publish its port"
    raise DeployError(what, where=f"state {function.state!r}", fix=fix)


def _at(host: str, address: str) -> str:
    """The address; at ``host`` where it stands for all of the platform's machine."""
    everywhere = next(filter(address.startswith, _EVERYWHERE), "")
    return f"{host}:{address.removeprefix(everywhere)}" if everywhere else address
