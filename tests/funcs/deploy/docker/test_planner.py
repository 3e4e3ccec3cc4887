"""The plan of a deploy to a Docker engine: no engine is asked."""

from __future__ import annotations

from typing import Any

import pytest

from funcs.deploy.docker.planner import RUN, docker_plan, notes
from funcs.deploy.document import Additions, function_document, with_image
from funcs.deploy.target import Target
from funcs.errors import DeployError
from funcs.spec import FunctionSpec

TARGET = Target(platform="docker", namespace="funcs")


def plan_of(spec: FunctionSpec, publish: str = "", **body: Any) -> dict[str, Any]:
    document = with_image(function_document(spec, TARGET, Additions()), "shop:1", "")
    document["spec"] |= body
    (step,) = docker_plan(document, TARGET, publish, ("sha256:ab",)).steps
    assert step.call == RUN
    return dict(step.document)


def test_it_says_all_that_the_container_gets(spec: FunctionSpec) -> None:
    found = plan_of(
        spec,
        resources={"limits": {"memory": "1Gi", "cpu": "1500m", "nvidia.com/gpu": "2"}},
        securityContext={"runAsUser": 7},
        volumes=[{
            "volume": {"name": "v", "hostPath": {"path": "/a"}},
            "volumeMount": {"name": "v", "mountPath": "/b", "readOnly": True},
        }],
        platform={"attributes": {"restartPolicy": {"name": "on-failure"}}},
    )  # fmt: skip

    config = found.pop("config")
    assert {
        "image": "shop:1", "imageIds": ["sha256:ab"], "port": 8080,
        "publish": {"host": "", "port": 0}, "user": "7:0", "restart": "on-failure",
        "volumes": [{"from": "/a", "to": "/b", "readOnly": True}],
        "memoryBytes": 1 << 30, "cpus": 1.5, "gpus": 2,
    } == found  # fmt: skip
    assert "FUNCS_DEPLOY_ID" in [each["name"] for each in config["spec"]["env"]]


@pytest.mark.parametrize(
    ("publish", "host", "port"),
    [
        ("", "", 8123),
        ("9000", "", 9000),
        ("0.0.0.0:80", "0.0.0.0", 80),
        ("[::1]:80", "::1", 80),
        ("localhost:80", "127.0.0.1", 80),
    ],
)
def test_the_port_is_the_commands_or_the_triggers(
    spec: FunctionSpec, publish: str, host: str, port: int
) -> None:
    web = {"kind": "http", "url": ":9001", "attributes": {"port": 8123}}

    found = plan_of(spec, publish, triggers={"web": web})

    assert {"host": host, "port": port} == found["publish"]
    assert 9001 == found["port"]


@pytest.mark.parametrize("host", ["256.1.1.1", "example.org", "localhost.", "[::g]", "[127.0.0.1]"])
def test_what_an_engine_would_take_for_all_addresses_is_refused(
    spec: FunctionSpec, host: str
) -> None:
    with pytest.raises(DeployError, match=r"is no address|is no port") as caught:
        plan_of(spec, f"{host}:8080")

    assert "--publish" == caught.value.where


@pytest.mark.parametrize("publish", ["x", "1:2:3", "70000", "localhost:"])
def test_what_is_no_port_is_refused(spec: FunctionSpec, publish: str) -> None:
    with pytest.raises(DeployError, match="is no port"):
        plan_of(spec, publish)


@pytest.mark.parametrize("policy", [{"name": "often"}, "always", {"maximumRetryCount": 3}, [1]])
def test_a_restart_policy_that_is_none_is_refused(spec: FunctionSpec, policy: object) -> None:
    with pytest.raises(DeployError, match="is no restart policy") as caught:
        plan_of(spec, platform={"attributes": {"restartPolicy": policy}})

    assert "write {name: always}" in caught.value.fix


@pytest.mark.parametrize(
    "limits",
    [{"memory": "much"}, {"memory": "-1"}, {"memory": "1e400"}, {"memory": "9E"}, {"cpu": "1e10"}],
)
def test_a_limit_that_no_engine_can_be_told_is_refused(
    spec: FunctionSpec, limits: dict[str, str]
) -> None:
    with pytest.raises(DeployError, match="is no amount"):
        plan_of(spec, resources={"limits": limits})


def test_another_image_of_the_same_name_is_another_plan(spec: FunctionSpec) -> None:
    document = with_image(function_document(spec, TARGET, Additions()), "shop:1", "")

    digests = {docker_plan(document, TARGET, "", (each,)).digest for each in ("a", "b", "a")}

    assert 2 == len(digests)


def test_replicas_are_not_dropped_silently(spec: FunctionSpec) -> None:
    document = function_document(spec, TARGET, Additions())
    document["spec"]["maxReplicas"] = 4

    assert "one container of it, not up to 4" in notes(document)[0]


def test_that_it_runs_though_it_is_disabled_is_said(spec: FunctionSpec) -> None:
    document = function_document(spec, TARGET, Additions())
    document["spec"]["disable"] = True

    assert "funcs disable shop stops it" in notes(document)[0]
