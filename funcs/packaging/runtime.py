"""Which Python an image has: the function's runtime says it, else its base, else this machine."""

from __future__ import annotations

import sys

from funcs.errors import SpecError
from funcs.packaging.facts import FunctionFacts

#: The oldest minor version that funcs runs on.
_LEAST = 11


def named_python(function: FunctionFacts) -> str:
    """The minor version that ``spec.runtime`` names: ``"3.11"``; empty for a bare ``python``.

    Raises:
        SpecError: funcs does not run on it.
    """
    minor = function.runtime.partition(":")[2]
    if minor and int(minor.partition(".")[2]) < _LEAST:
        fix = f"write runtime: 'python:{own_python()}'"
        what = f"{function.runtime!r} is too old: funcs runs on Python 3.{_LEAST} and newer"
        raise SpecError(what, where=f"{function.where}  spec.runtime", fix=fix)
    return minor


def own_python() -> str:
    """The minor version of the Python that runs here."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def agreed_python(named: str, found: str, base: str) -> str:
    """The one that the runtime names and that is ``found`` in the image ``base``.

    Either may be empty, for not known.

    Raises:
        SpecError: they are two.
    """
    if named and found and named != found:
        fix = f"write runtime: 'python:{found}', or take another base: --base python:{named}-slim"
        raise SpecError(f"the function wants Python {named}, the base {base} has {found}", fix=fix)
    return named or found or own_python()
