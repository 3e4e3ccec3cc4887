"""The resources are what Kubernetes takes, by its own schemas, and say what function.yaml does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from funcs.deploy.document import Additions, function_document, with_image
from funcs.deploy.kubernetes.manifests import manifests
from funcs.deploy.kubernetes.planner import APPLY, kubernetes_plan, notes
from funcs.deploy.moved import way_back
from funcs.deploy.target import Target
from funcs.spec import FunctionSpec
from funcs.spec.reader import read_function

TARGET = Target(platform="kube", namespace="lab", project="demo")
#: The newest and an old release that clusters still run.
VERSIONS = ("1.37", "1.27")
EVERYTHING = """
metadata: {name: shop, labels: {team: prices}, annotations: {note: hello}}
spec:
  handler: main:handler
  runtime: python:3.11
  env:
    - {name: GREETING, value: Hello}
    - {name: DB, valueFrom: {secretKeyRef: {name: db, key: password}}}
  envFrom: [{configMapRef: {name: rates}}]
  resources:
    requests: {cpu: 100m, memory: 64Mi}
    limits: {cpu: 2, memory: 1Gi, nvidia.com/gpu: 1}
  minReplicas: 2
  maxReplicas: 5
  targetCPU: 60
  imagePullPolicy: IfNotPresent
  imagePullSecrets: registry
  readinessTimeoutSeconds: 61
  securityContext: {runAsUser: 1000, runAsNonRoot: true, fsGroup: 2000}
  serviceAccount: shop
  serviceType: NodePort
  nodeSelector: {disk: fast}
  tolerations: [{key: gpu, operator: Exists, effect: NoSchedule}]
  affinity:
    nodeAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        nodeSelectorTerms: [{matchExpressions: [{key: a, operator: In, values: [b]}]}]
  priorityClassName: high
  preemptionPolicy: Never
  sidecars: [{name: proxy, image: 'proxy:1'}]
  initContainers: [{name: fetch, image: 'fetch:1'}]
  volumes:
    - volume: {name: data, emptyDir: {}}
      volumeMount: {name: data, mountPath: /data}
    - volume: {name: data, emptyDir: {}}
      volumeMount: {name: data, mountPath: /more, subPath: x}
  triggers: {http: {kind: http, numWorkers: 2, attributes: {port: 30080}}}
"""


def resources(folder: Path, text: str, kind: str = "deployment") -> dict[str, dict[str, Any]]:
    """The manifests by their kind."""
    (folder / "function.yaml").write_text(text)
    spec = FunctionSpec.of(folder)
    document = with_image(function_document(spec, TARGET, Additions()), "shop:1", "")
    return {each["kind"]: each for each in manifests(document, kind)}


def small(folder: Path, spec: str, kind: str = "deployment") -> dict[str, dict[str, Any]]:
    return resources(
        folder, f"metadata: {{name: shop}}\nspec: {{handler: 'main:handler', {spec}}}", kind
    )


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "spec",
    [
        "",
        "replicas: 3",
        "disable: true",
        "minReplicas: 0, maxReplicas: 4",
        "triggers: {q: {kind: nats, password: hidden}}",
        "maxReplicas: 3, minReplicas: 1, autoScaleMetrics: "
        "[{metricName: cpu, sourceType: Resource, threshold: 50}, "
        "{metricName: memory, sourceType: Resource, threshold: 5, displayType: int}, "
        "{metricName: lag, sourceType: External, threshold: 5}, "
        "{metricName: load, sourceType: Pods, threshold: 5}]",
        "serviceType: LoadBalancer, deploymentStrategy: {type: Recreate}",
    ],
)
def test_every_resource_is_valid(folder: Path, spec: str, version: str) -> None:
    for each in small(folder, spec).values():
        kubernetes_validate.validate(each, version, strict=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_function_that_uses_every_key_is_valid(folder: Path, version: str) -> None:
    found = resources(folder, EVERYTHING)

    assert ["ConfigMap", "Service", "Deployment", "HorizontalPodAutoscaler"] == list(found)
    for each in found.values():
        kubernetes_validate.validate(each, version, strict=True)


def test_the_pod_says_what_function_yaml_does(folder: Path) -> None:
    pod = resources(folder, EVERYTHING)["Deployment"]["spec"]["template"]["spec"]
    container, sidecar = pod["containers"]

    assert "shop:1" == container["image"]
    assert "proxy" == sidecar["name"]
    assert {"cpu": "2", "memory": "1Gi", "nvidia.com/gpu": "1"} == container["resources"]["limits"]
    assert {"runAsUser": 1000, "runAsNonRoot": True, "fsGroup": 2000} == pod["securityContext"]
    assert "shop" == pod["serviceAccountName"]
    assert [{"name": "registry"}] == pod["imagePullSecrets"]
    assert ["processor-config", "data"] == [each["name"] for each in pod["volumes"]]
    assert 3 == len(container["volumeMounts"])


def test_probes_ask_the_processor_and_give_a_slow_start_its_time(folder: Path) -> None:
    container = resources(folder, EVERYTHING)["Deployment"]["spec"]["template"]["spec"][
        "containers"
    ][0]

    assert {"path": "/ready", "port": 8082} == container["readinessProbe"]["httpGet"]
    assert {"path": "/live", "port": 8082} == container["livenessProbe"]["httpGet"]
    startup = container["startupProbe"]
    assert 62 == startup["periodSeconds"] * startup["failureThreshold"]


def test_a_container_gains_no_rights(folder: Path) -> None:
    pod = small(folder, "")["Deployment"]["spec"]["template"]["spec"]

    context = pod["containers"][0]["securityContext"]
    assert context["allowPrivilegeEscalation"] is False
    assert {"drop": ["ALL"]} == context["capabilities"]


def test_the_autoscaler_owns_the_number_of_pods(folder: Path) -> None:
    found = resources(folder, EVERYTHING)

    assert "replicas" not in found["Deployment"]["spec"]
    scaler = found["HorizontalPodAutoscaler"]["spec"]
    assert (2, 5) == (scaler["minReplicas"], scaler["maxReplicas"])
    target = scaler["metrics"][0]["resource"]["target"]
    assert {"type": "Utilization", "averageUtilization": 60} == target


@pytest.mark.parametrize(
    ("spec", "replicas"),
    [("", 1), ("replicas: 3", 1), ("disable: true", 0), ("minReplicas: 0, maxReplicas: 1", 1)],
)
def test_a_fixed_number_of_pods_needs_no_autoscaler(folder: Path, spec: str, replicas: int) -> None:
    found = small(folder, spec)

    assert "HorizontalPodAutoscaler" not in found
    assert (3 if "3" in spec else replicas) == found["Deployment"]["spec"]["replicas"]


def test_scaling_to_zero_is_nuclios(folder: Path) -> None:
    spec = (
        "minReplicas: 0, maxReplicas: 4, "
        "scaleToZero: {scaleResources: [{metricName: nuclio_processor_handled_events_total, "
        "windowSize: 10m, threshold: 0}]}"
    )
    function = small(folder, spec, "nuclio")["NuclioFunction"]

    assert (0, 4) == (function["spec"]["minReplicas"], function["spec"]["maxReplicas"])
    assert "10m" == function["spec"]["scaleToZero"]["scaleResources"][0]["windowSize"]
    document = with_image(function_document(FunctionSpec.of(folder), TARGET, Additions()), "a", "")
    assert "--kind nuclio scales to zero" in notes(document, "deployment")[0]
    assert [] == notes(document, "nuclio")


@pytest.mark.parametrize(
    ("spec", "note"),
    [
        (
            "triggers: {web: {kind: http, attributes: {ingresses: {'0': {host: a.b}}}}}",
            "triggers.web.attributes.ingresses: a plain Deployment gets a Service and no Ingress",
        ),
        (
            "minReplicas: 1, maxReplicas: 3, sidecars: [{name: proxy, image: p}]",
            "the sidecar 'proxy' asks for no cpu: the autoscaler cannot tell its load",
        ),
    ],
)
def test_what_a_plain_deployment_does_without_is_noted(folder: Path, spec: str, note: str) -> None:
    small(folder, spec)
    document = with_image(function_document(FunctionSpec.of(folder), TARGET, Additions()), "a", "")

    (found,) = notes(document, "deployment")
    assert found.startswith(note)
    assert [] == notes(document, "nuclio")


@pytest.mark.parametrize(
    ("value", "is_noted"), [("a$(HOME)", True), ("5$$", True), ("5$ $HOME ${A} $(", False)]
)
def test_a_variable_that_kubernetes_reads_otherwise_is_noted(
    folder: Path, value: str, is_noted: bool
) -> None:
    small(folder, f"env: [{{name: PRICE, value: '{value}'}}, {{name: PASSWORD, value: '{value}'}}]")
    document = with_image(function_document(FunctionSpec.of(folder), TARGET, Additions()), "a", "")

    for kind in ("deployment", "nuclio"):
        found = notes(document, kind)
        assert is_noted == any(each.startswith("the variable PRICE: ") for each in found)


def test_an_autoscaler_finds_what_it_takes_a_share_of(folder: Path) -> None:
    for spec in ("", "resources: {limits: {memory: 1Gi}}, ", "resources: {limits: {cpu: 1}}, "):
        small(folder, f"{spec}maxReplicas: 3, minReplicas: 1")
        document = function_document(FunctionSpec.of(folder), TARGET, Additions())
        assert [] == notes(with_image(document, "a", ""), "deployment")


def test_a_slow_start_is_no_failure_to_kubernetes_either(folder: Path) -> None:
    def deadline(spec: str) -> object:
        return small(folder, spec)["Deployment"]["spec"].get("progressDeadlineSeconds")

    assert None is deadline("readinessTimeoutSeconds: 300")
    assert 960 == deadline("readinessTimeoutSeconds: 900")


def test_nuclios_controller_acts_on_a_state_and_fills_in_nothing(folder: Path) -> None:
    function = small(folder, "", "nuclio")["NuclioFunction"]

    read_function(yaml.safe_dump(function), "function.yaml")  # Nuclio's own keys, and no other
    assert "nuclio.io/v1beta1" == function["apiVersion"]
    assert {"state": "waitingForResourceConfiguration"} == function["status"]
    assert "demo" == function["metadata"]["labels"]["nuclio.io/project-name"]
    spec = function["spec"]
    assert ["default-http"] == list(spec["triggers"])
    assert (1, 1, 1) == (spec["replicas"], spec["minReplicas"], spec["maxReplicas"])
    assert "build" not in spec


def test_other_functions_find_the_service_by_nuclios_name(folder: Path) -> None:
    service = resources(folder, EVERYTHING)["Service"]

    assert "nuclio-shop" == service["metadata"]["name"]
    assert "NodePort" == service["spec"]["type"]
    expected = {"name": "http", "port": 8080, "targetPort": 8080, "nodePort": 30080}
    assert [expected] == service["spec"]["ports"]


def test_the_processor_reads_what_nuclio_would_write(folder: Path) -> None:
    text = resources(folder, EVERYTHING)["ConfigMap"]["data"]["processor.yaml"]

    config = yaml.safe_load(text)
    assert "shop" == config["metadata"]["name"]
    assert 2 == config["spec"]["triggers"]["http"]["numWorkers"]


def test_a_configuration_with_a_password_is_a_secret(folder: Path) -> None:
    found = small(folder, "triggers: {q: {kind: nats, password: hidden}}")

    assert "ConfigMap" not in found
    volume = found["Deployment"]["spec"]["template"]["spec"]["volumes"][0]
    assert found["Secret"]["metadata"]["name"] == volume["secret"]["secretName"]
    assert ["processor.yaml"] == [each["path"] for each in volume["secret"]["items"]]


def test_a_variable_that_is_a_secret_is_named_in_the_pod_and_lies_in_the_secret(
    folder: Path,
) -> None:
    found = small(folder, "env: [{name: DB_PASSWORD, value: hidden}, {name: RATE, value: '2'}]")

    name = found["Secret"]["metadata"]["name"]
    (container,) = found["Deployment"]["spec"]["template"]["spec"]["containers"]
    reference = {"secretKeyRef": {"name": name, "key": "DB_PASSWORD"}}
    assert {"name": "DB_PASSWORD", "valueFrom": reference} == container["env"][0]
    assert {"name": "RATE", "value": "2"} == container["env"][1]
    assert "hidden" == found["Secret"]["stringData"]["DB_PASSWORD"]
    assert "hidden" not in str(found["Deployment"])


def test_a_dry_run_masks_it_and_a_changed_configuration_is_a_new_plan(folder: Path) -> None:
    def plan(password: str) -> Any:
        spec = f"triggers: {{q: {{kind: nats, password: {password}}}}}"
        (folder / "function.yaml").write_text(
            f"metadata: {{name: shop}}\nspec: {{handler: 'main:handler', {spec}}}"
        )
        document = function_document(FunctionSpec.of(folder), TARGET, Additions())
        return kubernetes_plan(with_image(document, "shop:1", ""), TARGET, "deployment")

    assert "hidden" not in str(plan("hidden").to_dict())
    assert plan("hidden").digest != plan("other").digest


def test_pods_are_replaced_when_their_plan_changes(folder: Path) -> None:
    (folder / "function.yaml").write_text("metadata: {name: shop}\nspec: {handler: 'main:handler'}")
    document = function_document(FunctionSpec.of(folder), TARGET, Additions())
    plan = kubernetes_plan(with_image(document, "shop:1", ""), TARGET, "deployment")

    applied = [step.document for step in plan.steps if step.call == APPLY]
    deployment = applied[2]
    assert plan.digest == deployment["spec"]["template"]["metadata"]["annotations"]["funcs/plan"]
    config = applied[0]["metadata"]["name"]
    assert f"nuclio-shop-{plan.deploy_id}" == config
    volume = deployment["spec"]["template"]["spec"]["volumes"][0]
    assert {"name": config} == volume["configMap"]


def test_every_plan_is_valid_as_it_is_sent(folder: Path) -> None:
    document = with_image(
        function_document(FunctionSpec.of(folder), TARGET, Additions()), "shop:1", ""
    )
    for step in kubernetes_plan(document, TARGET, "deployment").steps:
        if step.call == "kubectl apply":
            kubernetes_validate.validate(dict(step.document), VERSIONS[0], strict=True)


def test_what_served_before_a_deploy_that_failed_goes_on(folder: Path) -> None:
    document = function_document(FunctionSpec.of(folder), TARGET, Additions())
    one, other = (
        kubernetes_plan(with_image(document, name, ""), TARGET, "deployment")
        for name in ("shop:1", "shop:2")
    )

    said = "the pods that served before go on; funcs rollback takes the new ones away"
    assert said == way_back(other, one)
