"""Nuclio's rules about several keys at once."""

from __future__ import annotations

import pytest

from funcs.spec.problem import InvalidSpecError
from funcs.spec.reader import read_function


def refused(spec: str) -> list[str]:
    """What is wrong with a file of this spec, in flow style."""
    try:
        read_function(f"spec: {spec}", "function.yaml")
    except InvalidSpecError as error:
        return [problem.what for problem in error.problems]
    return []


def test_a_triggers_key_is_its_name() -> None:
    assert [] == refused("{triggers: {a: {kind: http, name: a}}}")
    assert ["the trigger 'a' calls itself 'b'"] == refused("{triggers: {a: {kind: http, name: b}}}")
    assert ["a trigger has an empty name"] == refused("{triggers: {'': {kind: http}}}")


def test_an_unknown_kind_of_trigger_is_refused() -> None:
    assert ["there is no trigger kind 'sqs'"] == refused("{triggers: {q: {kind: sqs}}}")


def test_there_is_one_http_trigger_at_most() -> None:
    spec = "{triggers: {a: {kind: http}, b: {kind: http}, c: {kind: http}}}"

    assert ["a function has one http trigger, and 'a' is one already"] * 2 == refused(spec)


def test_workers_are_limited() -> None:
    assert [] == refused("{triggers: {a: {kind: http, numWorkers: 100000}}}")
    assert ["100001 is more than 100000, the most"] == refused(
        "{triggers: {a: {kind: http, numWorkers: 100001}}}"
    )


@pytest.mark.parametrize("url", [":8080", "0.0.0.0:80", "[::1]:8080", "localhost:0"])
def test_an_http_trigger_listens_on_an_address(url: str) -> None:
    assert [] == refused(f"{{triggers: {{a: {{kind: http, url: '{url}'}}}}}}")


@pytest.mark.parametrize("url", ["8080", "http://x:1", ":99999", "a b:1", ":x"])
def test_an_http_trigger_listens_on_nothing_else(url: str) -> None:
    assert [f"{url!r} is no address to listen on"] == refused(
        f"{{triggers: {{a: {{kind: http, url: '{url}'}}}}}}"
    )


def test_explicit_ack_needs_static_workers() -> None:
    trigger = (
        "{{triggers: {{k: {{kind: kafka, explicitAckMode: {}, attributes: "
        "{{topics: [t], consumerGroup: g, workerAllocationMode: {}}}}}}}}}"
    )

    assert [] == refused(trigger.format("enable", "static"))
    assert [] == refused(trigger.format("disable", "pool"))
    assert ["explicitAckMode needs static workers, not 'pool' ones"] == refused(
        trigger.format("explicitOnly", "pool")
    )


def test_replicas_are_in_order() -> None:
    assert [] == refused("{minReplicas: 1, maxReplicas: 1}")
    assert ["minReplicas 3 is more than maxReplicas 1"] == refused(
        "{minReplicas: 3, maxReplicas: 1}"
    )


def test_scaling_to_zero_needs_a_most_and_an_http_trigger() -> None:
    assert [] == refused("{minReplicas: 0, maxReplicas: 1}")
    assert ["minReplicas 0 needs maxReplicas"] == refused("{minReplicas: 0}")
    assert ["minReplicas 0 needs an http trigger: nothing else wakes the function up"] == refused(
        "{minReplicas: 0, maxReplicas: 1, disableDefaultHTTPTrigger: true}"
    )


def test_an_error_in_one_key_has_no_echo_in_another() -> None:
    assert ["expected a whole number, got the text 'x'"] == refused(
        "{minReplicas: 0, maxReplicas: x}"
    )


def test_a_v3io_stream_has_as_many_replicas_at_least_as_at_most() -> None:
    trigger = "triggers: {s: {kind: v3ioStream}}"

    assert [] == refused(f"{{minReplicas: 2, maxReplicas: 2, {trigger}}}")
    assert ["a v3ioStream trigger needs minReplicas = maxReplicas, not 1 and 2"] == refused(
        f"{{minReplicas: 1, maxReplicas: 2, {trigger}}}"
    )


def test_a_volume_and_its_mount_share_a_name() -> None:
    pair = "{{volume: {{name: {}, hostPath: {{path: {}}}}}, volumeMount: {{name: {}}}}}"

    assert [] == refused(f"{{volumes: [{pair.format('a', '/x', 'a')}]}}")
    assert ["the volume is called 'a', its volumeMount 'b'"] == refused(
        f"{{volumes: [{pair.format('a', '/x', 'b')}]}}"
    )
    assert ["two different volumes are called 'a'"] == refused(
        f"{{volumes: [{pair.format('a', '/x', 'a')}, {pair.format('a', '/y', 'a')}]}}"
    )
    assert ["a volume and its volumeMount both need a name"] == refused("{volumes: [{}]}")


def test_a_sidecar_cannot_have_the_processors_ports() -> None:
    assert ["the port 8081 is the processor's own"] == refused(
        "{sidecars: [{ports: [{containerPort: 8081}, {containerPort: 9000}]}]}"
    )


def test_the_handler_that_hosts_a_graph_needs_one() -> None:
    graph = "runtimeAttributes: {funcs: {graph: main:graph}}"

    assert [] == refused(f"{{handler: function:handler, {graph}}}")
    assert ["the handler 'function:handler' hosts a graph, and none is named"] == refused(
        "{handler: function:handler}"
    )


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ("{schedule: '0 * * * *'}", []),
        ("{schedule: '@every 3s'}", []),
        ("{interval: 10s, event: {body: hi, headers: {a: 1}}}", []),
        ("{}", ["a cron trigger has neither of 'schedule' and 'interval'"]),
        ("{schedule: '@hourly', interval: 3s}", ["a cron trigger has both of 'schedule' and"]),
        ("{schedule: '* *'}", ["the schedule '* *' has 2 fields, not 5 or 6"]),
        ("{interval: often}", ["'often' is not a duration"]),
        ("{interval: 1s, event: {boddy: x}}", ["unknown key 'boddy'"]),
    ],
)
def test_a_cron_trigger_says_when(attributes: str, said: list[str]) -> None:
    found = refused(f"{{triggers: {{c: {{kind: cron, attributes: {attributes}}}}}}}")

    assert said == [what[: len(start)] for what, start in zip(found, said, strict=True)]


@pytest.mark.parametrize(
    ("handler", "fix"),
    [
        ("main.py:handler", "write 'main:handler'"),
        ("handler", "e.g. 'main:handler'"),
        ("greet", "e.g. 'main:greet'"),
        ("main:", "e.g. 'main:handler'"),
    ],
)
def test_a_handler_is_a_module_and_a_function(handler: str, fix: str) -> None:
    with pytest.raises(InvalidSpecError) as caught:
        read_function(f"spec: {{handler: '{handler}'}}", "function.yaml")

    assert fix == caught.value.fix


@pytest.mark.parametrize("name", ["dashboard", "a/b", "-a", "a b", "x" * 64, "ä"])
def test_a_function_cannot_be_called_just_anything(name: str) -> None:
    with pytest.raises(InvalidSpecError) as caught:
        read_function(f"metadata: {{name: '{name}'}}", "function.yaml")

    assert caught.value.where.endswith("metadata.name")


def test_a_graph_has_a_handler_of_its_own_for_async_mode() -> None:
    graph = "runtimeAttributes: {funcs: {graph: 'main:graph'}}"
    trigger = "triggers: {web: {kind: http, mode: async}}"

    said = ["trigger 'web' has mode: async, which takes async handlers only"]
    assert said == refused(f"{{handler: 'function:handler', {graph}, {trigger}}}")
    assert said == refused(f"{{{graph}, {trigger}}}")
    assert [] == refused(f"{{handler: 'function:async_handler', {graph}, {trigger}}}")
    assert [] == refused(f"{{handler: 'main:handler', {trigger}}}")
