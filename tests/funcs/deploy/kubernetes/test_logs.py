"""The logs of pods, as the API server has them of a node."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from funcs.deploy.errors import FunctionFailedError
from tests.funcs.deploy.kubernetes.control_plane import ready
from tests.funcs.deploy.kubernetes.lab import Lab
from tests.funcs.deploy.kubernetes.node import node
from tests.funcs.deploy.kubernetes.pods import SECRET, container, ended, image_of, waiting

pytestmark = pytest.mark.timeout(180)

TRACEBACK = """\
Traceback (most recent call last):
  File "/opt/nuclio/main.py", line 3, in <module>
    import nothing
ModuleNotFoundError: No module named 'nothing'
"""


def test_the_functions_own_error_is_found_in_the_log_of_the_pod_that_fails(
    lab: Lab, tmp_path: Path
) -> None:
    crash = container(waiting("CrashLoopBackOff", "back-off 40s"), 3, lastState=ended("Error"))
    with node(lab.plane, lab.namespace, tmp_path) as machine:

        def status(pod: Mapping[str, Any]) -> Mapping[str, Any]:
            machine.take(pod)
            return crash if image_of(pod) == "shop:2" else ready(pod)

        lab.pods.status = status
        machine.logs = {("function", False): "it serves\n"}
        lab.deploy()
        platform = lab.platform()
        assert ["it serves\n"] == list(platform.logs("shop", tail=3, since="10m", follow=False))
        machine.logs = {("function", True): TRACEBACK, ("function", False): "starting\n"}
        with pytest.raises(FunctionFailedError, match="No module named 'nothing'") as caught:
            lab.deploy(image="shop:2")

    assert "main.py:3" == caught.value.where


def test_the_log_of_the_pods_that_serve_is_read_beside_one_that_has_none(
    lab: Lab, tmp_path: Path
) -> None:
    with node(lab.plane, lab.namespace, tmp_path) as machine:

        def status(pod: Mapping[str, Any]) -> Mapping[str, Any]:
            machine.take(pod)
            if image_of(pod) == "shop:1":
                return ready(pod)
            machine.waiting.add(pod["metadata"]["name"])
            return SECRET

        lab.pods.status = status
        machine.logs = {("function", False): "it serves\n"}
        lab.deploy()
        with pytest.raises(FunctionFailedError):
            lab.deploy(image="shop:2", timeout_s=0.5)
        said = "".join(lab.platform().logs("shop", tail=3, since="", follow=False))

    assert "it serves\n" in said
    assert "is waiting to start" in said
