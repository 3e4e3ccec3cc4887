"""function.yaml: parsed whole, or refused with every reason and its line.

Importing this package is cheap; pydantic and PyYAML come with the first use of a name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from funcs.spec.function import FunctionSpec
    from funcs.spec.problem import InvalidSpecError

__all__ = ["FunctionSpec", "InvalidSpecError"]

_HOMES = {"FunctionSpec": "funcs.spec.function", "InvalidSpecError": "funcs.spec.problem"}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'funcs.spec' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(home), name)
