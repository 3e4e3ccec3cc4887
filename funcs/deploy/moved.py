"""Whether the name of an image still means what it did when a plan was made.

Nuclio and Kubernetes call images by their names: where one was built anew under the same name,
carrying the earlier plan out would run the later image.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from funcs.deploy.deployed import Deployed
from funcs.deploy.document import IMAGE_ANNOTATION
from funcs.deploy.plan import DeployPlan
from funcs.errors import DeployError


def refuse_moved_image(plan: DeployPlan, there: Deployed) -> None:
    """Look whether the platform ran another image under the name that the plan's has.

    Raises:
        DeployError: it did.
    """
    digests = set(_found(there.document.get("metadata"), IMAGE_ANNOTATION))
    if not _is_another(plan, {there.image}, digests):
        return
    what = f"going back would run what {there.image!r} is now, not what it was"
    fix = (
        "build that version again and deploy it; to go back next time, give each version a name of "
        f"its own: funcs build -i {there.image.rpartition('/')[2].partition(':')[0]}:2"
    )
    raise DeployError(what, where=plan.place, fix=fix)


def way_back(failed: DeployPlan, before: DeployPlan) -> str:
    """How what served before a failed deploy is brought back."""
    names = set(_of_steps(failed, "image"))
    by_name = failed.platform != "docker"  # which knows images by their ids
    if by_name and _is_another(before, names, set(_of_steps(failed, IMAGE_ANNOTATION))):
        named = ", ".join(sorted(names))
        return f"what served before was called {named} too: build it again, and deploy that"
    if failed.platform == "kube":
        return "the pods that served before go on; funcs rollback takes the new ones away"
    return "funcs rollback brings back what served before"


def _is_another(plan: DeployPlan, names: set[str], digests: set[str]) -> bool:
    """Whether a name of the plan's is among ``names``, and means another image there."""
    then = set(_of_steps(plan, IMAGE_ANNOTATION))
    known = set(_of_steps(plan, "image"))
    is_same_name = any(
        now == name or now.endswith(f"/{name}") for now in names for name in known if "@" not in now
    )
    return is_same_name and bool(then and digests) and not then & digests


def _of_steps(plan: DeployPlan, key: str) -> Iterator[str]:
    for step in plan.steps:
        yield from _found(step.document, key)


def _found(value: Any, key: str) -> Iterator[str]:
    """Every text that stands under ``key``, however deep."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name == key and isinstance(item, str):
                yield item
            else:
                yield from _found(item, key)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _found(item, key)
