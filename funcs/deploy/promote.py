"""Makes a canary the function that serves."""

from __future__ import annotations

from funcs.deploy.document import Document
from funcs.deploy.nuclio.planner import FUNCTION_CALL, gateway_document, nuclio_plan
from funcs.deploy.plan import DEPLOY_ID, PLAN_ANNOTATION, DeployPlan
from funcs.deploy.prepare import renamed
from funcs.deploy.target import Target


def promotion(canary: DeployPlan, name: str, target: Target) -> DeployPlan:
    """The plan that deploys what the canary runs under ``name``, and gives it all events."""
    step = next(step for step in canary.steps if step.call == FUNCTION_CALL)
    document = unstamped(dict(step.document))
    gateway = gateway_document(name, target, {name: 100})
    return nuclio_plan(renamed(document, name), target, gateway=gateway)


def unstamped(document: Document) -> Document:
    """The document before it was stamped with its plan."""
    metadata, spec = dict(document["metadata"]), dict(document["spec"])
    annotations = {
        key: text for key, text in metadata.get("annotations", {}).items() if key != PLAN_ANNOTATION
    }
    metadata.pop("annotations", None)
    env = [each for each in spec.get("env", ()) if each["name"] != DEPLOY_ID]
    spec.pop("env", None)
    return {
        "metadata": metadata | ({"annotations": annotations} if annotations else {}),
        "spec": spec | ({"env": env} if env else {}),
    }
