"""Whether the name of an image still means what it did when a plan was made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from funcs.deploy.deployed import Deployed
from funcs.deploy.document import IMAGE_ANNOTATION
from funcs.deploy.plan import DeployPlan
from funcs.errors import DeployError


def refuse_moved_image(plan: DeployPlan, there: Deployed) -> None:
    """Look whether the platform ran another image under the plan's name since.

    Where images are called by their names, carrying the plan out would run that one again.

    Raises:
        DeployError: it did.
    """
    then = {digest for step in plan.steps for digest in _found(step.document, IMAGE_ANNOTATION)}
    now = set(_found(there.document.get("metadata"), IMAGE_ANNOTATION))
    names = {name for step in plan.steps for name in _found(step.document, "image")}
    is_same_name = any(there.image == name or there.image.endswith(f"/{name}") for name in names)
    if not is_same_name or "@" in there.image or not (then and now) or then & now:
        return
    what = f"going back would run what {there.image!r} is now, not what it was"
    fix = (
        "build that version again and deploy it; to go back next time, give each version a name of "
        f"its own: funcs build -i {there.image.rpartition('/')[2].partition(':')[0]}:2"
    )
    raise DeployError(what, where=plan.place, fix=fix)


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
