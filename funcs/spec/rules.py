"""Nuclio's rules about several keys at once: what its dashboard refuses, or should.

Each rule looks at one thing and yields a problem for each place that breaks it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from funcs.spec.body import FunctionYaml
from funcs.spec.problem import Problem, shown
from funcs.spec.trigger import KINDS, STREAMS, Trigger
from funcs.suggest import did_you_mean

Rule = Callable[[FunctionYaml], Iterator[Problem]]

#: Where the processor itself listens, so that no container beside it can.
_GRAPH_HANDLERS = ("function:handler", "function:async_handler")
_OWN_PORTS = (8080, 8081, 8082, 8090)
_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:/\s]*):([0-9]{1,5})", re.ASCII)


def _triggers(file: FunctionYaml) -> Iterator[tuple[str, Trigger]]:
    yield from file.spec.triggers.items()


def trigger_names(file: FunctionYaml) -> Iterator[Problem]:
    """A trigger's key is its name."""
    for key, trigger in _triggers(file):
        if not key.strip():
            yield Problem("a trigger has an empty name", ("spec", "triggers", key))
        if trigger.name and trigger.name != key:
            what = f"the trigger {key!r} calls itself {trigger.name!r}"
            fix = "remove 'name', it is taken from the key"
            yield Problem(what, ("spec", "triggers", key, "name"), fix)


def trigger_kinds(file: FunctionYaml) -> Iterator[Problem]:
    """Nuclio's dashboard accepts any kind; its processor ends itself over an unknown one."""
    for key, trigger in _triggers(file):
        if trigger.kind not in KINDS:
            what = f"there is no trigger kind {shown(trigger.kind)}"
            fix = did_you_mean(trigger.kind, KINDS, noun="kinds")
            yield Problem(what, ("spec", "triggers", key, "kind"), fix)


def one_http_trigger(file: FunctionYaml) -> Iterator[Problem]:
    """A function has one HTTP trigger at most."""
    keys = [key for key, trigger in _triggers(file) if trigger.kind == "http"]
    for key in keys[1:]:
        what = f"a function has one http trigger, and {keys[0]!r} is one already"
        yield Problem(what, ("spec", "triggers", key), "remove one of them")


def http_addresses(file: FunctionYaml) -> Iterator[Problem]:
    """An HTTP trigger listens on ``host:port``; Nuclio does not notice when it cannot."""
    for key, trigger in _triggers(file):
        if trigger.kind != "http" or not trigger.url:
            continue
        match = _ADDRESS.fullmatch(trigger.url)
        if match is None or int(match.group(2)) > 65535:
            what = f"{shown(trigger.url)} is no address to listen on"
            fix = "write ':8080' or 'host:8080'"
            yield Problem(what, ("spec", "triggers", key, "url"), fix)


def cron_times(file: FunctionYaml) -> Iterator[Problem]:
    """A cron trigger has a schedule or an interval."""
    for key, trigger in _triggers(file):
        if trigger.kind != "cron":
            continue
        path = ("spec", "triggers", key, "attributes")
        also = ((*path, "schedule"), (*path, "interval"))
        schedule, interval = (trigger.attributes.get(name) for name in ("schedule", "interval"))
        if bool(schedule) == bool(interval):
            said = "both" if schedule else "neither"
            what = f"a cron trigger has {said} of 'schedule' and 'interval'"
            fix = "give it one, e.g. schedule: '0 * * * *' or interval: 10s"
            yield Problem(what, path, fix, also=also)
        fields = schedule.split() if isinstance(schedule, str) else []
        if fields and not fields[0].startswith("@") and len(fields) not in (5, 6):
            what = f"the schedule {shown(schedule)} has {len(fields)} fields, not 5 or 6"
            fix = "write minute, hour, day, month, weekday; seconds may come first"
            yield Problem(what, also[0], fix)


def explicit_ack(file: FunctionYaml) -> Iterator[Problem]:
    """Explicit acknowledgement needs workers that keep their partition."""
    for key, trigger in _triggers(file):
        mode = trigger.attributes.get("workerAllocationMode")
        is_explicit = trigger.explicit_ack_mode in ("enable", "explicitOnly")
        if trigger.kind in STREAMS and is_explicit and mode not in (None, "", "static"):
            what = f"explicitAckMode needs static workers, not {mode!r} ones"
            path = ("spec", "triggers", key, "explicitAckMode")
            yield Problem(what, path, "set attributes.workerAllocationMode: static")


def v3io_replicas(file: FunctionYaml) -> Iterator[Problem]:
    """A v3io stream's partitions are shared among a fixed number of replicas."""
    low, high = file.spec.min_replicas, file.spec.max_replicas
    if low is None or high is None or low == high:
        return
    if any(trigger.kind == "v3ioStream" for _, trigger in _triggers(file)):
        what = f"a v3ioStream trigger needs minReplicas = maxReplicas, not {low} and {high}"
        yield Problem(what, ("spec", "minReplicas"), also=(("spec", "maxReplicas"),))


def replicas(file: FunctionYaml) -> Iterator[Problem]:
    """0 ≤ minReplicas ≤ maxReplicas, and only events over HTTP can wake a function up."""
    low, high = file.spec.min_replicas, file.spec.max_replicas
    path, also = ("spec", "minReplicas"), (("spec", "maxReplicas"),)
    if low is not None and high is not None and low > high:
        yield Problem(f"minReplicas {low} is more than maxReplicas {high}", path, also=also)
    if low != 0:
        return
    if high is None:
        fix = "say how many there may be, e.g. maxReplicas: 1"
        yield Problem("minReplicas 0 needs maxReplicas", path, fix, also=also)
    kinds = [trigger.kind for _, trigger in _triggers(file)]
    if "http" not in kinds and file.spec.disable_default_http_trigger:
        what = "minReplicas 0 needs an http trigger: nothing else wakes the function up"
        yield Problem(what, path, "set minReplicas: 1, or remove disableDefaultHTTPTrigger")


def volumes(file: FunctionYaml) -> Iterator[Problem]:
    """A volume and its mount carry one name, and one name means one volume."""
    seen: dict[str, object] = {}
    for index, pair in enumerate(file.spec.volumes):
        path = ("spec", "volumes", index)
        name, mount = pair.volume.name, pair.volume_mount.name
        if not name or not mount:
            yield Problem("a volume and its volumeMount both need a name", path)
        elif name != mount:
            what = f"the volume is called {name!r}, its volumeMount {mount!r}"
            yield Problem(what, (*path, "volumeMount", "name"), "give both the same name")
        elif seen.setdefault(name, pair.volume) != pair.volume:
            yield Problem(f"two different volumes are called {name!r}", (*path, "volume"))


def container_ports(file: FunctionYaml) -> Iterator[Problem]:
    """Sidecars share the pod's address, so the processor's own ports are taken."""
    for index, container in enumerate(file.spec.sidecars):
        ports = container.get("ports")
        for place, port in enumerate(ports if isinstance(ports, list) else []):
            number = port.get("containerPort") if isinstance(port, dict) else None
            if number in _OWN_PORTS:
                path = ("spec", "sidecars", index, "ports", place, "containerPort")
                yield Problem(f"the port {number} is the processor's own", path)


def graph_handler(file: FunctionYaml) -> Iterator[Problem]:
    """``function:handler`` is the handler that hosts a graph, and needs one."""
    own = file.spec.runtime_attributes.get("funcs")
    has_graph = isinstance(own, dict) and bool(own.get("graph"))
    handler = file.spec.handler
    if handler in _GRAPH_HANDLERS and not has_graph and not file.spec.image:
        yield Problem(
            f"the handler {handler!r} hosts a graph, and none is named",
            ("spec", "handler"),
            "set spec.runtimeAttributes.funcs.graph, e.g. 'main:graph'",
            also=(("spec", "runtimeAttributes"), ("spec", "runtimeAttributes", "funcs")),
        )


def async_graph(file: FunctionYaml) -> Iterator[Problem]:
    """Nuclio 1.15: in async mode a handler is `async def`; a graph has one of its own for it."""
    own = file.spec.runtime_attributes.get("funcs")
    is_graph = isinstance(own, dict) and bool(own.get("graph"))
    if not is_graph or file.spec.handler not in ("", _GRAPH_HANDLERS[0]):
        return
    for key, trigger in _triggers(file):
        if trigger.kind == "http" and trigger.mode == "async":
            what = f"trigger {key!r} has mode: async, which takes async handlers only"
            fix = f"write handler: {_GRAPH_HANDLERS[1]}"
            also = (("spec", "triggers", key, "mode"),)
            yield Problem(what, ("spec", "handler"), fix, also=also)


RULES: tuple[Rule, ...] = (
    trigger_names,
    trigger_kinds,
    one_http_trigger,
    http_addresses,
    cron_times,
    explicit_ack,
    v3io_replicas,
    replicas,
    volumes,
    container_ports,
    graph_handler,
    async_graph,
)
