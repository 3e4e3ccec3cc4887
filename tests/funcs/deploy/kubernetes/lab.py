"""A namespace of a real cluster, and a function to deploy there."""

from __future__ import annotations

import subprocess
import uuid
from pathlib import Path
from typing import Any

from funcs.deploy.deployed import Outcome
from funcs.deploy.document import Additions
from funcs.deploy.engine import Engine
from funcs.deploy.kubernetes.planner import APPLY
from funcs.deploy.kubernetes.platform import KubernetesPlatform
from funcs.deploy.platform import Session
from funcs.deploy.prepare import Order, Prepared, prepare
from funcs.deploy.target import Target
from funcs.spec import FunctionSpec
from tests.funcs.deploy.kubernetes.control_plane import ControlPlane, Hands, ready
from tests.funcs.deploy.listening import Listener


class Lab:
    """A namespace of the cluster's, and a function to deploy there."""

    def __init__(self, plane: ControlPlane, folder: Path) -> None:
        self.plane = plane
        self.namespace = f"lab-{uuid.uuid4().hex[:8]}"
        metadata = {"metadata": {"name": self.namespace}}
        plane.ask("POST", "/api/v1/namespaces", metadata)
        self.folder = folder
        self.listener = Listener()
        self.pods = Hands(plane, self.namespace, "pods")
        self.pods.status = ready
        self.config = plane.config

    def target(self, **other: Any) -> Target:
        return Target(**{"platform": "kube", "namespace": self.namespace, "context": "lab"} | other)

    def platform(self, target: Target | None = None, timeout_s: float = 60) -> KubernetesPlatform:
        return KubernetesPlatform(
            Session(
                target or self.target(),
                self.listener,
                self.plane.environ | {"KUBECONFIG": str(self.config)},
                self.folder,
                timeout_s=timeout_s,
                poll_s=0.05,
            )
        )

    def deploy(
        self, kind: str = "deployment", image: str = "shop:1", timeout_s: float = 60, **env: str
    ) -> Outcome:
        platform = self.platform(timeout_s=timeout_s)
        prepared = self._prepared(kind, image, env, platform)
        return platform.apply(prepared.plan, prepared.files)

    def resources(self, **env: str) -> list[dict[str, Any]]:
        """What a deploy would apply."""
        steps = self._prepared("deployment", "shop:1", env, None).plan.steps
        return [dict(step.document) for step in steps if step.call == APPLY]

    def _prepared(
        self, kind: str, image: str, env: dict[str, str], platform: KubernetesPlatform | None
    ) -> Prepared:
        spec = FunctionSpec.of(self.folder)
        order = Order(spec, self.target(), Additions(env), image=image, kind=kind)
        return prepare(order, Engine({"DOCKER_HOST": "unix:///none"}), platform)

    def kubectl(self, *words: str) -> str:
        line = ["kubectl", "--namespace", self.namespace, *words]
        done = subprocess.run(
            line, env=self.plane.environ, capture_output=True, text=True, check=True
        )
        return done.stdout

    def replicas(self) -> int:
        """How many pods the function is to have."""
        words = ["get", "deployment", "nuclio-shop", "--output=jsonpath={.spec.replicas}"]
        return int(self.kubectl(*words))

    def names(self) -> list[str]:
        """Of all that a function is made of."""
        kinds = "configmap,secret,service,deployment,horizontalpodautoscaler"
        return self.kubectl("get", kinds, "--output=name").split()
