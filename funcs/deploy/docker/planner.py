"""Makes the plan of a deploy to a Docker engine."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from funcs.deploy.document import Document, stamped
from funcs.deploy.plan import DeployPlan, Step, digest_of
from funcs.deploy.target import Target
from funcs.errors import DeployError
from funcs.processor.config import Address
from funcs.spec.quantity import amount

RUN = "docker run"
_HTTP_PORT = 8080
_GPU = "nvidia.com/gpu"
#: What an engine can be told: it counts in 64 bits, CPUs in billionths.
_MOST_BYTES, _MOST_CPUS = 2.0**62, 1e9
_POLICIES = ("no", "always", "on-failure", "unless-stopped")
_PUBLISH = re.compile(r"(?:(?P<host>\[[0-9a-fA-F:.]+\]|[^:\[\]]+):)?(?P<port>[0-9]{1,5})")


def docker_plan(
    document: Document, target: Target, publish: str, image_ids: Sequence[str]
) -> DeployPlan:
    """The plan that runs one function; ``publish`` is ``[HOST:]PORT``, empty: function.yaml's.

    ``image_ids`` are those of the image that its name means now.

    Raises:
        DeployError: what is to be published is no port.
    """
    container = _container(document, publish, image_ids)
    digest = digest_of(target.place, [container], {})
    name = document["metadata"]["name"]
    step = Step(
        f"run function {name!r}, and lead its port to it once it is ready",
        RUN,
        {**container, "config": stamped(document, digest)},
    )
    return DeployPlan(name, "docker", target.place, digest, (step,), {})


def notes(document: Document) -> list[str]:
    """What a person should know of what plain Docker does not do."""
    spec, said = document["spec"], []
    most = max(int(spec.get(key) or 0) for key in ("replicas", "minReplicas", "maxReplicas"))
    if most > 1:
        said.append(f"plain Docker runs one container of it, not up to {most}: raise numWorkers")
    if spec.get("disable"):
        name = document["metadata"]["name"]
        said.append(f"plain Docker runs it although disable is true: funcs disable {name} stops it")
    return said


def _container(document: Document, publish: str, image_ids: Sequence[str]) -> dict[str, Any]:
    spec = document["spec"]
    said = {
        "image": spec["image"],
        "imageIds": list(image_ids),
        "port": _container_port(spec),
        "publish": _published(spec, publish),
        "user": _user(spec.get("securityContext", {})),
        "volumes": [_folder(pair) for pair in spec.get("volumes", ())],
        "restart": _restart(spec),
        **_limits(spec),
    }
    return {**{key: value for key, value in said.items() if value}, "config": document}


def _http(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    triggers = spec.get("triggers", {}).values()
    return next((each for each in triggers if each.get("kind") == "http"), {})


def _container_port(spec: Mapping[str, Any]) -> int:
    url = _http(spec).get("url", "")
    return Address.parse(url, where="spec.triggers").port if url else _HTTP_PORT


def _published(spec: Mapping[str, Any], publish: str) -> dict[str, Any]:
    """The host's address and port; a port of 0 is the first that is free, from 8080 on."""
    own = str(_http(spec).get("attributes", {}).get("port") or 0)
    found = _PUBLISH.fullmatch(publish or own)
    if found is None or int(found["port"]) > 65535:
        fix = "write --publish 8080, or --publish 0.0.0.0:8080 for other machines too"
        where = "--publish" if publish else "spec.triggers"
        raise DeployError(f"{publish or own!r} is no port", where=where, fix=fix)
    return {"host": _address(found["host"] or ""), "port": int(found["port"])}


def _address(host: str) -> str:
    """An address as the engine reads it: what it cannot read it takes for all of the host's."""
    if host in ("", "localhost"):
        return host and "127.0.0.1"
    try:
        if host.startswith("["):
            return str(ipaddress.IPv6Address(host.strip("[]")))
        return str(ipaddress.IPv4Address(host))
    except ValueError:
        fix = "write an address of the engine's host: --publish 127.0.0.1:8080, or 0.0.0.0:8080"
        raise DeployError(f"{host!r} is no address", where="--publish", fix=fix) from None


def _user(context: Mapping[str, Any]) -> str:
    user, group = context.get("runAsUser"), context.get("runAsGroup")
    if user is None:
        return ""
    return f"{user}:{0 if group is None else group}"


def _folder(pair: Mapping[str, Any]) -> dict[str, Any]:
    mount = pair["volumeMount"]
    return {
        "from": pair["volume"].get("hostPath", {}).get("path", ""),
        "to": mount["mountPath"],
        "readOnly": bool(mount.get("readOnly", False)),
    }


def _restart(spec: Mapping[str, Any]) -> str:
    """Docker's restart policy, as Nuclio's local platform is told it."""
    attributes = spec.get("platform", {}).get("attributes", {})
    policy = attributes.get("restartPolicy") or {"name": "unless-stopped"}
    name = policy.get("name") if isinstance(policy, Mapping) else ""
    if name not in _POLICIES:
        where = "spec.platform.attributes.restartPolicy"
        fix = f"write {{name: always}}; known names: {', '.join(_POLICIES)}"
        raise DeployError(f"{(name or policy)!r} is no restart policy", where=where, fix=fix)
    return str(name)


def _limits(spec: Mapping[str, Any]) -> dict[str, Any]:
    limits = spec.get("resources", {}).get("limits", {})
    return {
        "memoryBytes": math.ceil(quantity(str(limits.get("memory", "0")), _MOST_BYTES)),
        "cpus": quantity(str(limits.get("cpu", "0")), _MOST_CPUS),
        "gpus": int(quantity(str(limits.get(_GPU, "0")), _MOST_CPUS)),
    }


def quantity(text: str, most: float) -> float:
    """The number that a quantity of Kubernetes' means, from 0 to the ``most``.

    >>> quantity("500m", 2), quantity("2Ki", 4096), quantity("1.5M", 2e6)
    (0.5, 2048.0, 1500000.0)
    """
    try:
        number = amount(text)
    except ValueError:
        number = amount("-1")
    if not 0 <= number <= most:
        fix = "write 512Mi of memory, 500m of a CPU"
        raise DeployError(f"{text!r} is no amount", where="spec.resources.limits", fix=fix)
    return float(number)
