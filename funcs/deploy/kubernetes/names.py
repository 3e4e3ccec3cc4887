"""What a function's resources are called and labelled, as Nuclio's own are.

The service's name is the one that ``context.platform.call_function`` calls.
"""

from __future__ import annotations

from collections.abc import Mapping

from funcs.deploy.document import PROJECT_LABEL, Document

MANAGER_LABEL = "app.kubernetes.io/managed-by"
FUNCTION_LABEL = "nuclio.io/function-name"


def resource_name(function: str) -> str:
    """The name of its Deployment, Service, HorizontalPodAutoscaler and configuration."""
    return f"nuclio-{function}"


def selector(document: Document) -> Mapping[str, str]:
    """The labels by which its pods are found; they never change."""
    return {FUNCTION_LABEL: document["metadata"]["name"], MANAGER_LABEL: "funcs"}


def labels(document: Document) -> dict[str, str]:
    """All labels of its resources: its own, and those to find it by."""
    own = dict(document["metadata"].get("labels", {}))
    return (
        {PROJECT_LABEL: "default", "nuclio.io/class": "function"} | own | dict(selector(document))
    )
