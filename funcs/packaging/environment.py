"""The variables that an image has: funcs' own, and the function's from ``spec.env``.

A platform sets ``spec.env`` itself and wins over the image; plain ``docker run`` does not know it,
so the image has it too, except what no image may hold.
"""

from __future__ import annotations

from collections.abc import Mapping

from funcs.packaging.facts import FunctionFacts
from funcs.packaging.running import is_secret

#: What an image's processor and workers need to be told.
_OWN = {
    "FUNCS_HOST": "0.0.0.0",  # a container is reached from outside, or not at all
    "FUNCS_ERROR_DETAIL": "message",
    "PYTHONDONTWRITEBYTECODE": "1",
    "HOME": "/tmp",  # any user may run it, and write there
}


def image_environment(function: FunctionFacts) -> Mapping[str, str]:
    """The variables, by name."""
    given = function.env.items()
    return _OWN | {name: value for name, value in given if not is_secret(name)}


def environment_notes(function: FunctionFacts) -> tuple[str, ...]:
    """A sentence for each variable of the function that the image has not."""
    foreign = [
        f"{name} comes from the platform: docker run -e {name}=…" for name in function.foreign_env
    ]
    secret = [
        f"{name} may be a secret and is no variable of the image, yet it stands in function.yaml, "
        "which the image holds: use valueFrom"
        for name in function.env
        if is_secret(name)
    ]
    return (*foreign, *secret)
