"""What nodes say of pods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def container(state: Mapping[str, Any], restarts: int = 0, **other: Any) -> dict[str, Any]:
    """The status of a pod of one container that is not ready."""
    status = {"name": "function", "image": "", "imageID": "", "ready": False}
    status |= {"restartCount": restarts, "state": state, **other}
    return {"phase": "Pending", "containerStatuses": [status]}


def waiting(reason: str, message: str = "") -> dict[str, Any]:
    return {"waiting": {"reason": reason, "message": message}}


def ended(reason: str) -> dict[str, Any]:
    return {"terminated": {"exitCode": 137, "containerID": "containerd://x", "reason": reason}}


def image_of(pod: Mapping[str, Any]) -> str:
    """The image of its first container."""
    return str(pod["spec"]["containers"][0]["image"])


SECRET = container(waiting("CreateContainerConfigError", 'secret "db" not found'))
