"""What a deploy can meet that somebody reacts to."""

from __future__ import annotations

from collections.abc import Iterable

from funcs.errors import DeployError

__all__ = ["DashboardError", "FunctionFailedError", "UnreachableError", "nothing_there"]


class DashboardError(DeployError):
    """A dashboard answered with a refusal: its ``status``, and its own words as ``reason``."""

    def __init__(
        self, what: str, *, status: int, reason: str, where: str = "", fix: str = ""
    ) -> None:
        super().__init__(what, where=where, fix=fix)
        self.status = status
        self.reason = reason


class UnreachableError(DeployError):
    """No whole answer came from the platform."""


class FunctionFailedError(DeployError):
    """The platform did what it was told, and the function does not run.

    ``lines`` are what its container said, or the platform, as far as a person should read it.
    """

    def __init__(
        self, what: str, *, where: str = "", fix: str = "", lines: tuple[str, ...] = ()
    ) -> None:
        super().__init__(what, where=where, fix=fix)
        self.lines = lines


def nothing_there(
    name: str, namespace: str, where: str = "", known: Iterable[str] = ()
) -> DeployError:
    """The error for a function that the platform does not have; ``known`` are those that it has."""
    from difflib import get_close_matches  # only an error needs it

    what = f"there is no function {name!r} in namespace {namespace!r}"
    near = [f"did you mean {each!r}? " for each in get_close_matches(name, known, n=1)]
    return DeployError(what, where=where, fix="".join([*near, "see which there are: funcs get"]))
