"""A function's container as a plan's document says it: what it is made of, and its files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from funcs.deploy.docker.parts import HANDOVER_S, HEALTH_PORTS, METRICS_PORT
from funcs.deploy.docker.pod import PLAN, PROJECT, SLOT, Pod
from funcs.deploy.document import PROJECT_LABEL
from funcs.deploy.guards import CONFIGURATION
from funcs.deploy.plan import PLAN_ANNOTATION
from funcs.errors import DeployError
from funcs_builder.container import Container, ContainerPlan
from funcs_builder.errors import EngineError

_ABSENT = re.compile(r"bind source path does not exist: (\S+)")
_PROBE = (
    "import _socket;s=_socket.socket();s.settimeout(2);s.connect(('127.0.0.1',{port}));"
    "s.send(b'GET /ready HTTP/1.0\\r\\n\\r\\n');raise SystemExit(b' 200 ' not in s.recv(64))"
)


def made(pod: Pod, holder: str, image: str, document: Mapping[str, Any], slot: int) -> Container:
    """The container that is to serve next, with its files, not started.

    ``slot`` chooses its port for health, which the container before it does not have.

    Raises:
        DeployError: the host lacks a folder, or another deploy goes on.
        EngineError: the engine refuses.
    """
    try:
        container = Container(pod.engine, _plan(pod, holder, image, document, slot))
    except EngineError as error:
        if mendable := _refusal(pod, error):
            raise mendable from error
        raise
    try:
        container.put(_files(document["config"], slot))
    except BaseException:
        container.remove()
        raise
    return container


def _refusal(pod: Pod, error: EngineError) -> DeployError | None:
    """What a person can mend of an engine's refusal; None where nobody knows."""
    if absent := _ABSENT.search(error.what):
        fix = "make it there, or correct --volume or spec.volumes"
        return DeployError(
            f"the engine's host has no folder {absent[1]!r}", where=error.where, fix=fix
        )
    if f"{pod.name}.next" in error.what:  # the name of each deploy's container
        what = f"another deploy of {pod.function!r} goes on"
        return DeployError(what, where=error.where, fix="let it end, and deploy again")
    return None


def _plan(
    pod: Pod, holder: str, image: str, document: Mapping[str, Any], slot: int
) -> ContainerPlan:
    metadata = document["config"]["metadata"]
    labels = {
        PLAN: metadata["annotations"][PLAN_ANNOTATION],
        PROJECT: metadata["labels"].get(PROJECT_LABEL, ""),
        SLOT: str(slot),
        "io.funcs.restart": document["restart"],
        "io.funcs.image": document["image"],
    }
    return ContainerPlan(
        image,
        name=f"{pod.name}.next",
        env=_env(document["config"]),
        labels={**pod.labels("function"), **labels},
        network=holder,
        user=document.get("user", ""),
        folders=tuple(
            (each["from"], each["to"], each["readOnly"]) for each in document.get("volumes", ())
        ),
        memory_bytes=document.get("memoryBytes", 0),
        cpus=document.get("cpus", 0.0),
        gpus=document.get("gpus", 0),
        healthcheck=("python3", "-I", "-S", "-c", _PROBE.format(port=HEALTH_PORTS[slot])),
        drops_capabilities=True,
    )


def _env(config: Mapping[str, Any]) -> dict[str, str]:
    """The function's variables, those that Nuclio sets, and what shares a port."""
    name = config["metadata"]["name"]
    given = {each["name"]: str(each.get("value", "")) for each in config["spec"].get("env", ())}
    return {
        "NUCLIO_FUNCTION_NAME": name,
        "NUCLIO_FUNCTION_VERSION": "latest",
        "NUCLIO_FUNCTION_INSTANCE": name,
        "FUNCS_HOST": "0.0.0.0",
        **given,
        "FUNCS_HANDOVER_S": str(HANDOVER_S),
    }


def _files(config: Mapping[str, Any], slot: int) -> dict[str, bytes]:
    platform = {
        "kind": "local",
        "webAdmin": {"enabled": False},  # one port, and two of them for a moment
        "healthCheck": {"listenAddress": f":{HEALTH_PORTS[slot]}"},
        "metrics": {
            "sinks": {"pull": {"kind": "prometheusPull", "url": f":{METRICS_PORT}"}},
            "functions": ["pull"],
        },
    }
    files = {
        f"{CONFIGURATION}/processor/processor.yaml": config,
        f"{CONFIGURATION}/platform/platform.yaml": platform,
    }
    return {
        path: yaml.safe_dump(value, allow_unicode=True).encode() for path, value in files.items()
    }
