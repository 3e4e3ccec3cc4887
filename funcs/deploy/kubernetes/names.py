"""What a function's resources are called and labelled, as Nuclio's own are.

The service's name is the one that ``context.platform.call_function`` calls.
"""

from __future__ import annotations

from collections.abc import Mapping

from funcs.deploy.document import PROJECT_LABEL, Document
from funcs.deploy.plan import PLAN_ANNOTATION, deploy_id

MANAGER_LABEL = "app.kubernetes.io/managed-by"
FUNCTION_LABEL = "nuclio.io/function-name"


def resource_name(function: str) -> str:
    """The name of its Deployment, Service and HorizontalPodAutoscaler."""
    return f"nuclio-{function}"


def config_name(document: Document) -> str:
    """The name of its configuration, one for each plan: a pod that starts again finds its own."""
    name = resource_name(document["metadata"]["name"])
    plan = document["metadata"].get("annotations", {}).get(PLAN_ANNOTATION)
    return f"{name}-{deploy_id(plan)}" if plan else name


def selector(document: Document) -> Mapping[str, str]:
    """The labels by which its pods are found; they never change."""
    return {FUNCTION_LABEL: document["metadata"]["name"], MANAGER_LABEL: "funcs"}


def labels(document: Document) -> dict[str, str]:
    """All labels of its resources: its own, and those to find it by."""
    own = dict(document["metadata"].get("labels", {}))
    return (
        {PROJECT_LABEL: "default", "nuclio.io/class": "function"} | own | dict(selector(document))
    )
