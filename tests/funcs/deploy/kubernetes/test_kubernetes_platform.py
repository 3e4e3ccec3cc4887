"""Plans are applied by kubectl, and what the cluster says of them is understood."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from funcs.deploy.deployed import Outcome
from funcs.deploy.document import Additions
from funcs.deploy.engine import Engine
from funcs.deploy.errors import FunctionFailedError, UnreachableError
from funcs.deploy.kubernetes.platform import KubernetesPlatform
from funcs.deploy.platform import Session
from funcs.deploy.prepare import Order, prepare
from funcs.deploy.target import Target
from funcs.errors import DeployError
from funcs.spec import FunctionSpec
from tests.funcs.deploy.listening import Listener

CRASHES = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 20s"}}
READY = {"replicas": 1, "updatedReplicas": 1, "readyReplicas": 1}
CLUSTER = Path(__file__).with_name("cluster.py")


class Cluster:
    """A cluster that a program called kubectl speaks for."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.home = home
        program = home / "bin" / "kubectl"
        program.parent.mkdir(parents=True)
        source = CLUSTER.read_text().partition("\n")[2]
        program.write_text(f"#!{sys.executable}\n{source}")
        program.chmod(0o755)
        self.environ = {"PATH": str(program.parent), "CLUSTER": str(home)}
        self.listener = Listener()
        self.target = Target(platform="kube", namespace="lab", context="here")
        session = Session(
            self.target, self.listener, self.environ, folder, timeout_s=1, poll_s=0.001
        )
        self.say(**READY)
        self.platform = KubernetesPlatform(session)
        self.spec = FunctionSpec.of(folder)

    def say(self, **status: object) -> None:
        """The status that resources will have."""
        (self.home / "status.json").write_text(json.dumps(status))

    def deploy(self, kind: str = "deployment", **env: str) -> Outcome:
        order = Order(self.spec, self.target, Additions(env), image="shop:1", kind=kind)
        prepared = prepare(order, Engine({"DOCKER_HOST": "unix:///none"}), self.platform)
        return self.platform.apply(prepared.plan, prepared.files)

    def pod(self, **status: object) -> None:
        """A pod of the next deploy, the container of which has a status; none is ready."""
        self.say(**READY | {"updatedReplicas": 0})
        order = Order(self.spec, self.target, image="shop:1")
        plan = prepare(order, Engine({"DOCKER_HOST": "unix:///none"}), None).plan
        metadata = {"name": "shop-x", "annotations": {"funcs/plan": plan.digest}}
        pod = {"metadata": metadata, "status": {"containerStatuses": [status]}}
        (self.home / "lab").mkdir()
        (self.home / "lab" / "pod-shop-x.json").write_text(json.dumps(pod))

    def calls(self, verb: str) -> list[list[str]]:
        lines = (self.home / "calls.jsonl").read_text().splitlines()
        found: list[list[str]] = [json.loads(line) for line in lines]
        return [words for words in found if verb in words]


@pytest.fixture
def cluster(tmp_path: Path, folder: Path) -> Cluster:
    return Cluster(tmp_path / "cluster", folder)


def test_a_function_is_applied_and_waited_for(cluster: Cluster) -> None:
    outcome = cluster.deploy()

    assert outcome.has_changed
    assert "ready" == outcome.function.state
    assert ("http://nuclio-shop.lab:8080",) == outcome.function.urls
    assert "deployment/nuclio-shop configured" in cluster.listener.lines
    assert ["--namespace=lab", "--context=here", "apply", "-f", "-"] in cluster.calls("apply")


def test_the_same_again_applies_nothing(cluster: Cluster) -> None:
    cluster.deploy()

    assert not cluster.deploy().has_changed
    assert 1 == len(cluster.calls("apply"))
    assert cluster.deploy(RATE="2").has_changed


def test_only_the_configuration_of_the_new_pods_is_kept(cluster: Cluster) -> None:
    plans = [cluster.deploy().function.plan, cluster.deploy(RATE="2").function.plan]

    (path,) = (cluster.home / "lab").glob("configmap-*.json")
    assert plans[0] != plans[1]
    assert f"configmap-nuclio-shop-{plans[1][7:23]}.json" == path.name


def test_pods_that_are_not_ready_are_applied_again(cluster: Cluster) -> None:
    cluster.say(**READY | {"readyReplicas": 0})
    with pytest.raises(FunctionFailedError, match="not healthy in time"):
        cluster.deploy()
    cluster.say(**READY)

    assert cluster.deploy().has_changed


def test_a_function_that_fails_tells_its_own_error(cluster: Cluster) -> None:
    cluster.pod(name="function", ready=False, restartCount=3, state=CRASHES)
    (cluster.home / "log").write_text(
        "Traceback (most recent call last):\n"
        '  File "/opt/nuclio/main.py", line 3, in <module>\n'
        "    import nothing\n"
        "ModuleNotFoundError: No module named 'nothing'\n"
    )

    with pytest.raises(FunctionFailedError, match="No module named 'nothing'") as caught:
        cluster.deploy()
    assert "main.py:3" == caught.value.where


@pytest.mark.parametrize(
    ("status", "what"),
    [
        (
            {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off"}}},
            "the platform cannot find the image",
        ),
        ({"lastState": {"terminated": {"reason": "OOMKilled"}}}, "OOMKilled"),
    ],
)
def test_what_keeps_a_pod_from_running_is_told(
    cluster: Cluster, status: dict[str, object], what: str
) -> None:
    cluster.pod(name="function", ready=False, **status)

    with pytest.raises(FunctionFailedError) as caught:
        cluster.deploy()
    assert what in caught.value.what


@pytest.mark.parametrize("state", ["ready", "scaledToZero"])
def test_nuclios_controller_is_waited_for(cluster: Cluster, state: str) -> None:
    cluster.say(state=state)

    assert state == cluster.deploy("nuclio").function.state
    assert not cluster.deploy("nuclio").has_changed


def test_nuclios_controller_that_does_not_run_is_named(cluster: Cluster) -> None:
    cluster.say(state="waitingForResourceConfiguration")

    with pytest.raises(DeployError, match="still in state") as caught:
        cluster.deploy("nuclio")
    assert "controller" in caught.value.fix


def test_an_error_of_nuclios_controller_is_the_functions(cluster: Cluster) -> None:
    cluster.say(state="error", message='pods "x" is forbidden: exceeded quota: pods, used')

    with pytest.raises(FunctionFailedError, match="quota is used up: pods"):
        cluster.deploy("nuclio")


def test_functions_are_listed_stopped_started_and_deleted(cluster: Cluster) -> None:
    cluster.deploy()

    assert ["shop"] == [each.name for each in cluster.platform.functions("")]
    assert "disabled" == cluster.platform.enable("shop", on=False).state
    assert "ready" == cluster.platform.enable("shop", on=True).state
    cluster.platform.delete("shop", force=False)
    assert None is cluster.platform.function("shop")
    assert [] == [path for path in (cluster.home / "lab").iterdir() if "shop" in path.name]


def test_what_nuclios_controller_owns_is_stopped_and_deleted_through_it(cluster: Cluster) -> None:
    cluster.say(state="ready")
    cluster.deploy("nuclio")
    made = {
        "metadata": {"name": "nuclio-shop", "labels": {"nuclio.io/function-name": "shop"}},
        "spec": {"replicas": 1},
    }
    (cluster.home / "lab" / "deployment-nuclio-shop.json").write_text(json.dumps(made))

    cluster.platform.enable("shop", on=False)
    (path,) = (cluster.home / "lab").glob("nucliofunction-shop.json")
    assert json.loads(path.read_text())["spec"]["disable"]
    assert [] == cluster.calls("scale")

    cluster.platform.delete("shop", force=False)
    assert not path.exists()


def test_the_log_of_the_pods_is_read(cluster: Cluster) -> None:
    (cluster.home / "log").write_text("hello\n")
    cluster.deploy()

    assert ["hello\n\n"] == list(cluster.platform.logs("shop", tail=3, since="5m", follow=False))
    assert {"--tail=3", "--since=5m"} <= set(cluster.calls("logs")[0])
    assert [] == list(cluster.platform.logs("shop", tail=3, since="5m", follow=True))
    assert {"--tail=3", "--since=5m", "--follow", "--prefix"} <= set(cluster.calls("logs")[1])


@pytest.mark.parametrize(
    ("said", "kind", "fix"),
    [
        ("The connection to the server 127.0.0.1:6443 was refused", UnreachableError, "context"),
        ("error: You must be logged in (Unauthorized)", DeployError, "log in to the cluster"),
        ('deployments.apps is forbidden: User "x" cannot', DeployError, "a namespace of yours"),
        ('resource mapping not found: no matches for kind "NuclioFunction"', DeployError, "--kind"),
        ('namespaces "lab" not found', DeployError, "kubectl create namespace"),
        ('error: context "here" does not exist', DeployError, "--context NAME"),
    ],
)
def test_what_the_cluster_refuses_has_a_fix(
    cluster: Cluster, said: str, kind: type[DeployError], fix: str
) -> None:
    (cluster.home / "failure").write_text(said)

    with pytest.raises(kind) as caught:
        cluster.deploy()
    assert said in caught.value.what
    assert fix in caught.value.fix


def test_without_kubectl_manifests_can_be_printed(cluster: Cluster, folder: Path) -> None:
    shutil.rmtree(cluster.home / "bin")
    session = Session(cluster.target, cluster.listener, cluster.environ, folder)

    with pytest.raises(DeployError, match="kubectl is not on PATH") as caught:
        KubernetesPlatform(session)
    assert "--output manifest" in caught.value.fix
