"""A function that a platform has, as every platform can describe one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Deployed:
    """One function; ``document`` is the platform's own description of it.

    ``plan`` is the digest of the plan that deployed it, empty if that was none of ours. ``port`` is
    0 where none is published. ``urls`` are where it is called from outside, the best first.
    """

    name: str
    namespace: str
    project: str
    state: str
    is_serving: bool
    replicas: str
    image: str
    port: int
    urls: tuple[str, ...]
    plan: str
    message: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a plan: the function, and whether anything had to be done."""

    function: Deployed
    has_changed: bool
