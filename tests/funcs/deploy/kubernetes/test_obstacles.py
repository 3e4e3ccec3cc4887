"""What goes wrong in a real cluster is told at once, as it is, and the next deploy mends it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from funcs.deploy.errors import FunctionFailedError, UnreachableError
from funcs.deploy.guards import RefusedError
from funcs.errors import DeployError
from tests.funcs.deploy.kubernetes.control_plane import ready
from tests.funcs.deploy.kubernetes.lab import Lab
from tests.funcs.deploy.kubernetes.line import Line
from tests.funcs.deploy.kubernetes.pods import SECRET, container, ended, image_of, waiting

pytestmark = pytest.mark.timeout(180)


def write(lab: Lab, more: str) -> None:
    """Function.yaml with more in its spec."""
    path = lab.folder / "function.yaml"
    head = path.read_text().partition("  #")[0]
    path.write_text(head + "  # more\n" + more)


PULL = 'Back-off pulling image "shop:2": ErrImagePull: code = NotFound desc = not found'
#: What a node says of the pods of shop:2, whether that ends the waiting, and what is told.
OBSTACLES: dict[str, tuple[dict[str, Any], bool, str]] = {
    "pull": (container(waiting("ImagePullBackOff", PULL)), True, "cannot find the image 'shop:2'"),
    "name": (
        container(waiting("InvalidImageName", 'couldn\'t parse image name "shop:2": invalid')),
        True,
        "'shop:2' is no image's name",
    ),
    "crash": (
        container(
            waiting("CrashLoopBackOff", "back-off 40s"),
            3,
            lastState=ended("Error"),
        ),
        True,
        "does not run: Error: exit code 137",
    ),
    "memory": (
        container(
            waiting("CrashLoopBackOff", "back-off"),
            3,
            lastState=ended("OOMKilled"),
        ),
        True,
        r"more memory than it may have \(OOMKilled\)",
    ),
    "secret": (SECRET, False, 'its variables cannot be read: secret "db" not found'),
    "room": (
        {
            "phase": "Pending",
            "conditions": [
                {
                    "type": "PodScheduled",
                    "status": "False",
                    "reason": "Unschedulable",
                    "message": "0/3 nodes are available: 3 Insufficient cpu.",
                }
            ],
        },
        False,
        "no node has room for it: 0/3 nodes are available: 3 Insufficient cpu",
    ),
    "slow": (container({"running": {}}), False, "it was not healthy in time"),
}


@pytest.mark.parametrize("name", OBSTACLES)
def test_what_is_in_the_way_is_the_error(lab: Lab, name: str) -> None:
    said, is_hopeless, told = OBSTACLES[name]
    lab.pods.status = lambda _: said

    with pytest.raises(FunctionFailedError, match=told):
        lab.deploy(image="shop:2", timeout_s=60 if is_hopeless else 0.5)


def test_a_deploy_that_failed_is_not_as_planned(lab: Lab) -> None:
    lab.deploy()
    lab.pods.status = lambda pod: SECRET if image_of(pod) == "shop:2" else ready(pod)

    for _ in range(2):  # the old pods serve, and are not the ones that were asked for
        with pytest.raises(FunctionFailedError, match='secret "db" not found'):
            lab.deploy(image="shop:2", timeout_s=0.5)
    found = lab.platform().function("shop")
    assert found is not None
    assert ("configuringResources", False) == (found.state, found.is_serving)
    assert lab.deploy(image="shop:1").function.is_serving


def test_what_is_in_the_way_is_told_while_it_is_waited_for(lab: Lab) -> None:
    lab.pods.status = lambda _: SECRET
    with pytest.raises(FunctionFailedError):
        lab.deploy(timeout_s=1)

    found = lab.platform().function("shop")
    assert found is not None
    told = 'CreateContainerConfigError secret "db" not found'
    assert 1 == lab.listener.lines.count(told)
    assert ("not ready", told) == (found.state, found.message)


def test_pods_that_the_namespace_refuses_are_told_of(lab: Lab) -> None:
    lab.deploy()
    place = f"/api/v1/namespaces/{lab.namespace}/resourcequotas"
    quota = {"metadata": {"name": "few"}, "spec": {"hard": {"pods": "1"}}}
    lab.plane.ask("POST", place, quota)
    for made in lab.plane.watch(place):
        if made.get("status", {}).get("used"):
            break

    with pytest.raises(FunctionFailedError, match="quota is used up: few") as caught:
        lab.deploy(image="shop:2", timeout_s=1)
    assert "spec.resources" in caught.value.fix


def test_a_namespace_that_goes_away_says_so(lab: Lab) -> None:
    kept = {"metadata": {"name": "kept", "finalizers": ["funcs.test/kept"]}}
    lab.plane.ask("POST", f"/api/v1/namespaces/{lab.namespace}/configmaps", kept)
    lab.plane.ask("DELETE", f"/api/v1/namespaces/{lab.namespace}")

    with pytest.raises(DeployError, match="is being terminated") as caught:
        lab.deploy()
    assert "wait until it is gone" in caught.value.fix


def test_security_rules_of_the_namespace_end_the_waiting(lab: Lab) -> None:
    strict = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    lab.plane.ask("PATCH", f"/api/v1/namespaces/{lab.namespace}", strict)

    with pytest.raises(FunctionFailedError, match="security rules refuse it") as caught:
        lab.deploy()
    assert "runAsNonRoot" in caught.value.fix
    write(lab, "  securityContext: {runAsNonRoot: true, runAsUser: 1000}\n")
    assert lab.deploy().function.is_serving


def test_what_was_deleted_is_deployed_again(lab: Lab) -> None:
    lab.deploy()
    lab.kubectl("delete", "service", "nuclio-shop")

    assert lab.deploy().has_changed
    assert "service/nuclio-shop" in lab.names()
    assert not lab.deploy().has_changed


def test_a_port_that_is_taken_stays_an_error_until_it_is_free(lab: Lab) -> None:
    path = lab.folder / "function.yaml"
    text = path.read_text().replace("numWorkers: 2", "attributes: {port: 30777}")
    path.write_text(f"{text}  serviceType: NodePort\n")
    lab.kubectl("create", "service", "nodeport", "other", "--tcp=80", "--node-port=30777")

    for _ in range(2):
        with pytest.raises(DeployError, match="provided port is already allocated") as caught:
            lab.deploy()
        assert "attributes.port" in caught.value.fix
    lab.kubectl("delete", "service", "other")
    assert lab.deploy().has_changed


def test_the_number_of_pods_does_not_fall_as_an_autoscaler_takes_over(lab: Lab) -> None:
    seen: list[int] = []
    write(lab, "  replicas: 4\n")
    lab.deploy()
    write(lab, "  minReplicas: 3\n  maxReplicas: 6\n")
    lab.listener.platform = lambda *_: seen.append(lab.replicas())  # type: ignore[method-assign]
    outcome = lab.deploy()

    assert {4} == set(seen)
    assert "4/4" == outcome.function.replicas
    assert not lab.deploy().has_changed


def test_a_fixed_number_of_pods_has_no_autoscaler_to_fight_with(lab: Lab) -> None:
    write(lab, "  minReplicas: 3\n  maxReplicas: 6\n")
    assert "3/3" == lab.deploy().function.replicas
    write(lab, "  replicas: 1\n")
    lab.pods.status = lambda pod: None
    with pytest.raises(FunctionFailedError, match="not healthy in time"):
        lab.deploy(timeout_s=3)  # an autoscaler looks each second

    assert 1 == lab.replicas()
    assert "horizontalpodautoscaler" not in "".join(lab.names())


def test_an_autoscaled_function_starts_with_its_least_pods(lab: Lab) -> None:
    write(lab, "  minReplicas: 2\n  maxReplicas: 6\n")
    first = lab.deploy()
    platform = lab.platform()
    platform.enable("shop", on=False)

    assert "2/2" == first.function.replicas
    assert "2/2" == platform.enable("shop", on=True).replicas


def test_an_autoscaler_of_others_keeps_its_number_of_pods(lab: Lab) -> None:
    lab.deploy()
    words = ["autoscale", "deployment", "nuclio-shop", "--name=theirs", "--min=3", "--max=5"]
    lab.kubectl(*words)
    lab.kubectl("wait", "deployment/nuclio-shop", "--for=jsonpath={.status.readyReplicas}=3")
    seen: list[int] = []
    lab.listener.step = lambda _: seen.append(lab.replicas())  # type: ignore[method-assign, assignment]

    assert not lab.deploy().has_changed
    assert "3/3" == lab.deploy(image="shop:2").function.replicas
    assert not lab.deploy(image="shop:2").has_changed
    assert [3] == seen
    said = "the autoscaler 'theirs', which funcs did not make, sets the number of pods: it stays 3"
    assert said in lab.listener.lines


CHANGES: dict[str, Callable[[Lab], object]] = {
    "set": lambda lab: lab.kubectl("set", "env", "deployment/nuclio-shop", "OTHER=1"),
    "scale": lambda lab: lab.kubectl("scale", "deployment/nuclio-shop", "--replicas=2"),
    "pause": lambda lab: lab.kubectl("rollout", "pause", "deployment/nuclio-shop"),
    "edit": lambda lab: lab.kubectl(
        "patch", "service", "nuclio-shop", "--patch", '{"spec": {"type": "NodePort"}}'
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_others_changed_is_set_back_once(lab: Lab, change: str) -> None:
    lab.deploy()
    CHANGES[change](lab)

    assert [True, False] == [lab.deploy().has_changed for _ in range(2)]
    assert "OTHER" not in lab.kubectl("get", "deployment", "nuclio-shop", "--output=yaml")
    assert 1 == lab.replicas()


def test_a_deploy_that_is_held_back_goes_on(lab: Lab) -> None:
    lab.deploy()
    lab.kubectl("rollout", "pause", "deployment/nuclio-shop")

    assert "shop:2" == lab.deploy(image="shop:2").function.image


def test_what_another_tool_applied_is_taken_over(lab: Lab, tmp_path: Path) -> None:
    resources = lab.resources(A="1", B="2")
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": resources}))
    lab.kubectl("apply", "--server-side", "--filename", str(path))

    assert [True, False] == [lab.deploy(A="1").has_changed for _ in range(2)]
    assert "name: B" not in lab.kubectl("get", "deployment", "nuclio-shop", "--output=yaml")
    assert not any("last-applied" in line for line in lab.listener.lines)


def test_what_others_made_is_left_alone(lab: Lab) -> None:
    lab.kubectl("create", "deployment", "nuclio-shop", "--image=other")

    with pytest.raises(DeployError, match="a Deployment 'nuclio-shop' that funcs did not make"):
        lab.deploy()
    platform = lab.platform()
    assert None is platform.function("shop")
    platform.delete("shop", force=False)
    assert ["deployment.apps/nuclio-shop"] == lab.names()


@pytest.mark.usefixtures("nuclio")
def test_one_function_is_not_deployed_as_two_kinds(lab: Lab) -> None:
    lab.deploy()
    with pytest.raises(DeployError, match="is there as a Deployment of funcs"):
        lab.deploy("nuclio")
    lab.platform().delete("shop", force=False)
    lab.kubectl("create", "deployment", "nuclio-shop", "--image=other")
    lab.kubectl("label", "deployment", "nuclio-shop", "nuclio.io/function-name=shop")
    with pytest.raises(DeployError, match="is there as Nuclio's own") as caught:
        lab.deploy()

    assert "--kind nuclio" in caught.value.fix


def test_a_name_that_is_too_long_for_a_service_is_refused(lab: Lab) -> None:
    path = lab.folder / "function.yaml"
    path.write_text(path.read_text().replace("name: shop", f"name: {57 * 'a'}"))

    with pytest.raises(RefusedError, match="57 characters, 56 at most in Kubernetes"):
        lab.deploy()
    path.write_text(path.read_text().replace(57 * "a", 56 * "a"))
    assert lab.deploy().function.is_serving


RULES = [
    {"apiGroups": ["apps"], "resources": ["deployments", "deployments/scale"], "verbs": ["*"]},
    {"apiGroups": [""], "resources": ["services", "configmaps"], "verbs": ["*"]},
]


def test_who_may_not_see_secrets_deploys_what_has_none(lab: Lab) -> None:
    group = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{lab.namespace}"
    lab.plane.ask("POST", f"{group}/roles", {"metadata": {"name": "dev"}, "rules": RULES})
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "dev"}
    user = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "dev"}
    binding = {"metadata": {"name": "dev"}, "roleRef": role, "subjects": [user]}
    lab.plane.ask("POST", f"{group}/rolebindings", binding)
    lab.config = lab.plane.config_of("dev")

    assert [True, False] == [lab.deploy().has_changed for _ in range(2)]
    assert any("secrets is forbidden" in line for line in lab.listener.lines)
    lab.pods.status = lambda pod: SECRET if image_of(pod) == "shop:2" else ready(pod)
    with pytest.raises(FunctionFailedError, match="not healthy in time"):
        lab.deploy(image="shop:2", timeout_s=1)
    lab.platform().delete("shop", force=False)
    assert None is lab.platform().function("shop")


def test_a_server_that_is_away_for_a_moment_is_asked_again(lab: Lab) -> None:
    lab.deploy()
    with Line(lab.plane.port) as line:
        lab.config = lab.plane.config_of("", line.port)

        def hear(level: str, sentence: str) -> None:
            if sentence.endswith("asking again"):
                line.mend()

        lab.listener.step = lambda sentence: line.cut()  # type: ignore[method-assign]
        lab.listener.platform = hear  # type: ignore[method-assign]
        assert "shop:2" == lab.deploy(image="shop:2").function.image


def test_a_server_that_stays_away_says_how_to_go_on(lab: Lab) -> None:
    lab.deploy()
    with Line(lab.plane.port) as line:
        lab.config = lab.plane.config_of("", line.port)
        lab.listener.step = lambda sentence: line.cut()  # type: ignore[method-assign]

        with pytest.raises(UnreachableError, match="was refused") as caught:
            lab.deploy(image="shop:2", timeout_s=1)
    assert "deploy again to wait again" in caught.value.fix
