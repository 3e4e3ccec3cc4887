"""Whether what a platform has is still what it was told.

Platforms write some things otherwise than they were told: they add what was left out, write
quantities their own way, put their registry before an image, and hide passwords.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from funcs.spec.quantity import amount

#: What Nuclio writes where it keeps a secret elsewhere.
_HIDDEN = "$ref:"

Alike = Callable[[Any, Any], bool]


def holds(found: Any, wanted: Any) -> bool:
    """Whether ``found`` says all that ``wanted`` does; it may say more in its maps.

    >>> holds({"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 1}]}), holds({"a": [1, 2]}, {"a": [1]})
    (True, False)
    >>> holds({"limits": {"memory": "1Gi"}}, {"limits": {"memory": "1024Mi"}})
    True
    """
    return _holds(found, wanted, _differ)


def _holds(found: Any, wanted: Any, alike: Alike) -> bool:
    """``alike`` compares values that are not equal, by where they stand."""
    if found == wanted or (not found and not wanted):  # what is zero, Go leaves out
        return True
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(
            _holds(found.get(key), value, _ALIKE.get(key, alike)) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        is_as_long = isinstance(found, list) and len(found) == len(wanted)
        return is_as_long and all(
            _holds(each, value, alike) for each, value in zip(found, wanted, strict=True)
        )
    return _is_hidden(found, wanted) or alike(found, wanted)


def _differ(found: Any, wanted: Any) -> bool:
    return False


def _is_hidden(found: Any, wanted: Any) -> bool:
    return isinstance(found, str) and found.startswith(_HIDDEN) and isinstance(wanted, str)


def _is_same_amount(found: Any, wanted: Any) -> bool:
    try:
        return amount(str(found)) == amount(str(wanted))
    except ValueError:
        return False


def _is_same_image(found: Any, wanted: Any) -> bool:
    """A dashboard with a registry to run from puts that before the name."""
    return str(found).endswith(f"/{wanted}")


_ALIKE: dict[str, Alike] = {
    "image": _is_same_image,
    "limits": _is_same_amount,
    "requests": _is_same_amount,
}
