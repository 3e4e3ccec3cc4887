"""The variables that an image has: funcs' own, and the function's from ``spec.env``.

A platform sets ``spec.env`` itself and wins over the image; plain ``docker run`` does not know it,
so the image has it too, except what no image may hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from funcs.spec.function import FunctionSpec

#: What an image's processor and workers need to be told.
_OWN = {
    "FUNCS_HOST": "0.0.0.0",  # a container is reached from outside, or not at all
    "FUNCS_ERROR_DETAIL": "message",
    "PYTHONDONTWRITEBYTECODE": "1",
    "HOME": "/tmp",  # any user may run it, and write there
}
_SECRET = re.compile(
    r"PASSW(OR)?D|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|(API|ACCESS|PRIVATE|AUTH)_?KEY", re.IGNORECASE
)


def image_environment(spec: FunctionSpec) -> Mapping[str, str]:
    """The variables, by name."""
    given = {each.name: each.value for each in spec.spec.env if not each.value_from}
    return _OWN | {name: value for name, value in given.items() if not _SECRET.search(name)}


def environment_notes(spec: FunctionSpec) -> tuple[str, ...]:
    """A sentence for each variable of the function that the image has not."""
    notes = []
    for each in spec.spec.env:
        if each.value_from:
            notes.append(f"{each.name} comes from the platform: docker run -e {each.name}=…")
        elif _SECRET.search(each.name):
            notes.append(
                f"{each.name} may be a secret and is no variable of the image, yet it stands in "
                "function.yaml, which the image holds: use valueFrom"
            )
    return tuple(notes)
