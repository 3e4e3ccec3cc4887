"""Makes the plan of a deploy to Nuclio's dashboard."""

from __future__ import annotations

from collections.abc import Mapping

from funcs.deploy.document import PROJECT_LABEL, Document, stamped
from funcs.deploy.plan import DeployPlan, Step, digest_of
from funcs.deploy.target import Target

PROJECT_CALL = "POST /api/projects"
FUNCTION_CALL = "POST /api/functions"
GATEWAY_CALL = "POST /api/api_gateways"
_NO_FILES: Mapping[str, str] = {}


def nuclio_plan(
    document: Document,
    target: Target,
    *,
    files: Mapping[str, str] = _NO_FILES,
    gateway: Document | None = None,
    before: tuple[Step, ...] = (),
) -> DeployPlan:
    """The plan that sends one function: its project, itself, and the gateway before it.

    ``files`` are served to the dashboard while it takes the function: name and sha256. ``before``
    are steps that come first.
    """
    name, namespace = document["metadata"]["name"], document["metadata"]["namespace"]
    project = document["metadata"]["labels"][PROJECT_LABEL]
    documents = [document] if gateway is None else [document, gateway]
    digest = digest_of(target.place, documents, files)
    steps = [
        *before,
        Step(
            f"make project {project!r}, unless it is there",
            PROJECT_CALL,
            {"metadata": {"name": project, "namespace": namespace}, "spec": {}},
        ),
        Step(
            f"create function {name!r}; if it is there, update it: PUT /api/functions/{name}",
            FUNCTION_CALL,
            stamped(document, digest),
        ),
    ]
    if gateway is not None:
        steps.append(Step(_said(gateway), GATEWAY_CALL, gateway))
    return DeployPlan(name, "nuclio", target.place, digest, tuple(steps), dict(files))


def gateway_document(name: str, target: Target, shares: Mapping[str, int]) -> Document:
    """An API gateway that shares events among functions, by percent."""
    upstreams = [
        {
            "kind": "nucliofunction",
            "nucliofunction": {"name": function},
            **({"percentage": percent} if len(shares) > 1 else {}),
        }
        for function, percent in shares.items()
    ]
    metadata = {
        "name": name,
        "namespace": target.namespace,
        "labels": {PROJECT_LABEL: target.project},
    }
    spec = {
        "host": target.gateway,
        "name": name,
        "authenticationMode": "none",
        "upstreams": upstreams,
    }
    return {"metadata": metadata, "spec": spec}


def _said(gateway: Document) -> str:
    shares = ", ".join(
        f"{each.get('percentage', 100)} % to {each['nucliofunction']['name']!r}"
        for each in gateway["spec"]["upstreams"]
    )
    return f"set API gateway {gateway['metadata']['name']!r}: {shares}"
