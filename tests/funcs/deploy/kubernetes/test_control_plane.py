"""Deploys at a real API server: what kubectl sends is taken, kept and compared by the real one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from funcs.deploy.engine import Engine
from funcs.deploy.errors import FunctionFailedError
from funcs.deploy.guards import RefusedError
from funcs.deploy.kubernetes.platform import KubernetesPlatform
from funcs.deploy.prepare import Order, prepare
from funcs.errors import DeployError
from funcs.spec import FunctionSpec
from tests.funcs.deploy.kubernetes.control_plane import (
    Hands,
    ready,
)
from tests.funcs.deploy.kubernetes.lab import Lab

pytestmark = pytest.mark.timeout(180)

RICH = """
metadata: {name: shop, labels: {team: data}, annotations: {note: "any text: at all"}}
spec:
  handler: main:handler
  runtime: python:3.11
  minReplicas: 2
  maxReplicas: 4
  targetCPU: 60
  serviceType: NodePort
  readinessTimeoutSeconds: 7
  serviceAccount: me
  nodeSelector: {disk: ssd}
  tolerations: [{key: gpu, operator: Exists}]
  imagePullSecrets: registry
  imagePullPolicy: Always
  securityContext: {runAsUser: 1000, fsGroup: 7}
  resources:
    requests: {cpu: 100m, memory: 64Mi}
    limits: {cpu: "1", memory: 1Gi, nvidia.com/gpu: 1}
  env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}, {name: DB_PASSWORD, value: x}]
  envFrom: [{configMapRef: {name: x}}]
  volumes:
    - volume: {name: v, persistentVolumeClaim: {claimName: c}}
      volumeMount: {name: v, mountPath: /models}
  triggers: {http: {kind: http, numWorkers: 2, attributes: {port: 30123}}}
  autoScaleMetrics: [{metricName: cpu, threshold: 50, sourceType: Resource, windowSize: 1m}]
"""


def kinds(names: list[str]) -> list[str]:
    return [name.partition("/")[0].partition(".")[0] for name in names]


def test_a_function_is_applied_changed_and_deleted(lab: Lab) -> None:
    first, again = lab.deploy(), lab.deploy()
    other = lab.deploy(image="shop:2", DB_PASSWORD="hush")
    same = lab.deploy(image="shop:2", DB_PASSWORD="hush")
    found = lab.platform().functions("")

    assert ("ready", "1/1") == (first.function.state, first.function.replicas)
    assert [True, False, True, False] == [each.has_changed for each in (first, again, other, same)]
    assert ["secret", "service", "deployment"] == kinds(lab.names())
    assert [("shop", "shop:2")] == [(each.name, each.image) for each in found]
    lab.platform().delete("shop", force=False)
    assert [] == lab.names()
    assert None is lab.platform().function("shop")


def test_a_secret_is_in_the_secret_alone(lab: Lab) -> None:
    lab.deploy(DB_PASSWORD="hush", QUEUE="amqp://me:hush@host", RATE="2")

    others = lab.kubectl("get", "configmap,service,deployment,replicaset,pod", "--output=yaml")
    assert "hush" not in others
    assert "secretKeyRef" in others
    found = lab.platform().function("shop")
    assert found is not None
    assert "hush" not in json.dumps(found.document)
    (secret,) = json.loads(lab.kubectl("get", "secret", "--output=json"))["items"]
    assert {"DB_PASSWORD", "QUEUE", "processor.yaml"} == secret["data"].keys()


def test_all_that_function_yaml_says_is_taken(lab: Lab) -> None:
    (lab.folder / "function.yaml").write_text(RICH)

    assert lab.deploy().has_changed
    assert not lab.deploy().has_changed
    assert ["secret", "service", "deployment", "horizontalpodautoscaler"] == kinds(lab.names())
    (lab.folder / "function.yaml").write_text(RICH.replace("minReplicas: 2", "minReplicas: 4"))
    lab.deploy()
    assert ["secret", "service", "deployment"] == kinds(lab.names())


@pytest.mark.parametrize(
    ("replicas", "shown"), [("replicas: 3", "3/3"), ("{minReplicas: 1, maxReplicas: 4}", "1/1")]
)
def test_a_function_is_stopped_and_started_as_it_was(lab: Lab, replicas: str, shown: str) -> None:
    text = (lab.folder / "function.yaml").read_text()
    said = replicas.strip("{}").replace(", ", "\n  ")
    (lab.folder / "function.yaml").write_text(f"{text}  {said}\n")
    lab.deploy()
    platform = lab.platform()

    assert shown == platform.enable("shop", on=True).replicas
    assert "disabled" == platform.enable("shop", on=False).state
    started = platform.enable("shop", on=True)
    assert ("ready", shown) == (started.state, started.replicas)
    platform.enable("shop", on=False)
    deployed = lab.deploy()
    assert ("ready", shown) == (deployed.function.state, deployed.function.replicas)


def test_a_version_that_does_not_start_is_told_and_the_one_before_serves(lab: Lab) -> None:
    lab.deploy()
    waiting = {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "shop:2"'}

    def status(pod: Mapping[str, Any]) -> Mapping[str, Any]:
        image = pod["spec"]["containers"][0]["image"]
        if image == "shop:1":
            return ready(pod)
        container = {"name": "function", "image": image, "imageID": "", "ready": False}
        container |= {"restartCount": 0, "state": {"waiting": waiting}}
        return {"phase": "Pending", "containerStatuses": [container]}

    lab.pods.status = status
    with pytest.raises(FunctionFailedError, match="the platform cannot find the image"):
        lab.deploy(image="shop:2", timeout_s=1)
    assert "1/1" == lab.deploy(image="shop:1").function.replicas


def test_what_kubernetes_would_refuse_is_refused_before_anything_is_sent(lab: Lab) -> None:
    labels = '{team: "Data Science", "a/b/c": x, nuclio.io/ok: "", "-x": y, long: ' + 64 * "a" + "}"
    text = (lab.folder / "function.yaml").read_text()
    (lab.folder / "function.yaml").write_text(
        text.replace("{name: shop}", f"{{name: shop, labels: {labels}}}")
    )

    with pytest.raises(RefusedError) as caught:
        lab.deploy()
    assert [
        "Kubernetes takes no label 'team: Data Science'",
        "Kubernetes takes no label 'a/b/c: x'",
        "Kubernetes takes no label '-x: y'",
        f"Kubernetes takes no label 'long: {64 * 'a'}'",
    ] == [each.what for each in caught.value.problems]
    assert [] == lab.names()


ASKED: dict[str, Callable[[KubernetesPlatform], object]] = {
    "logs": lambda it: list(it.logs("shop", tail=0, since="", follow=False)),
    "enable": lambda it: it.enable("shop", on=True),
    "disable": lambda it: it.enable("shop", on=False),
}


@pytest.mark.parametrize("command", ASKED)
def test_a_function_that_is_not_there_is_an_error(lab: Lab, command: str) -> None:
    with pytest.raises(DeployError, match="there is no function 'shop'"):
        ASKED[command](lab.platform())


@pytest.mark.parametrize(
    ("other", "what", "fix"),
    [
        ({"namespace": "nowhere"}, 'namespaces "nowhere" not found', "kubectl create namespace"),
        ({"context": "other"}, 'context "other" does not exist', "--context NAME"),
    ],
)
def test_what_the_cluster_does_not_have_is_named_once(
    lab: Lab, other: dict[str, str], what: str, fix: str
) -> None:
    target = lab.target(**other)
    order = Order(FunctionSpec.of(lab.folder), target, image="shop:1")
    plan = prepare(order, Engine({"DOCKER_HOST": "unix:///none"}), None).plan

    with pytest.raises(DeployError) as caught:
        lab.platform(target).apply(plan, {})
    assert 1 == caught.value.what.count(what)
    assert fix in caught.value.fix


def test_without_nuclio_its_functions_are_refused_with_what_to_do(lab: Lab) -> None:
    with pytest.raises(DeployError, match="no matches for kind") as caught:
        lab.deploy("nuclio")
    assert "install Nuclio in the cluster" in caught.value.fix


def test_a_log_that_cannot_be_read_is_an_error_and_no_silence(lab: Lab) -> None:
    lab.deploy()
    platform = lab.platform()

    assert [""] == list(platform.logs("shop", tail=3, since="10m", follow=False))
    with pytest.raises(DeployError, match=r'read the log: .*invalid argument "10x"'):
        list(platform.logs("shop", tail=0, since="10x", follow=False))


@pytest.mark.usefixtures("nuclio")
def test_nuclios_controller_is_told_each_time_and_waited_for(lab: Lab) -> None:
    taken = []

    def status(function: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if function.get("status", {}).get("state") != "waitingForResourceConfiguration":
            return None
        taken.append((function["spec"]["image"], function["spec"].get("disable", False)))
        return {"state": "ready"}

    Hands(lab.plane, lab.namespace, "nucliofunctions").status = status
    outcomes = [lab.deploy("nuclio", image) for image in ("shop:1", "shop:1", "shop:2")]
    platform = lab.platform()
    stopped, started = platform.enable("shop", on=False), platform.enable("shop", on=True)

    assert [True, False, True] == [each.has_changed for each in outcomes]
    assert ("disabled", "ready") == (stopped.state, started.state)
    assert ["shop"] == [each.name for each in platform.functions("default")]
    assert [("shop:1", False), ("shop:2", False), ("shop:2", True), ("shop:2", False)] == taken
    platform.delete("shop", force=False)
    assert () == platform.functions("")


@pytest.mark.usefixtures("nuclio")
def test_a_function_that_nuclio_never_took_up_can_be_deleted(lab: Lab) -> None:
    with pytest.raises(DeployError, match="still in state 'waitingForResourceConfiguration'"):
        lab.deploy("nuclio", timeout_s=0.2)

    assert "waitingForResourceConfiguration" == _state(lab)
    lab.platform().delete("shop", force=False)
    assert [] == json.loads(lab.kubectl("get", "nucliofunctions", "--output=json"))["items"]


def _state(lab: Lab) -> str:
    found = lab.platform().function("shop")
    return found.state if found is not None else ""
