"""Which wheels share a layer: few layers, and little in the layer that changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, NamedTuple, Protocol, TypeVar

__all__ = ["Group", "grouped"]

#: From this size on a wheel has a layer of its own, which other functions then share.
ALONE_BYTES = 4 << 20
#: At most so many layers of packages; an image may have 127 in all.
MOST = 10


class Sized(Protocol):
    """A wheel, or what is locked of one."""

    @property
    def name(self) -> str:
        """The package's."""

    @property
    def version(self) -> str:
        """The package's."""

    @property
    def size_bytes(self) -> int:
        """The size of the wheel itself, packed."""


W = TypeVar("W", bound=Sized)


class Group(NamedTuple, Generic[W]):
    """Wheels of one layer, by name."""

    wheels: tuple[W, ...]

    @property
    def title(self) -> str:
        """What a person calls the layer: ``"numpy 2.1.3"``, ``"12 packages"``."""
        if len(self.wheels) == 1:
            return f"{self.wheels[0].name} {self.wheels[0].version}"
        return f"{len(self.wheels)} packages"


def grouped(
    wheels: Iterable[W], *, most: int = MOST, alone_bytes: int = ALONE_BYTES
) -> list[Group[W]]:
    """The wheels as at most ``most`` groups: the largest alone, the others together, last."""
    by_size = sorted(wheels, key=lambda wheel: (-wheel.size_bytes, wheel.name))
    large = [wheel for wheel in by_size if wheel.size_bytes >= alone_bytes]
    # one group is kept for the others, if there are any
    room = most if len(large) == len(by_size) <= most else most - 1
    alone = sorted(large[:room], key=lambda wheel: wheel.name)
    rest = sorted(by_size[len(alone) :], key=lambda wheel: wheel.name)
    groups = [Group((wheel,)) for wheel in alone]
    return [*groups, Group(tuple(rest))] if rest else groups
