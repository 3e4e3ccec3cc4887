"""NamedTuples that are valid or not there.

`typing.NamedTuple` takes no ``__init__`` and no ``__new__`` of ours. A dataclass would, but costs
four times as much to define, and a build whose code alone has changed does little else.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from typing import Protocol

    class Checkable(Protocol):
        """A NamedTuple whose ``check`` raises where the fields are not what they should be."""

        def check(self) -> None:
            """Raise, or do nothing."""


__all__ = ["checked"]

C = TypeVar("C", bound="Checkable")


def checked(kind: type[C]) -> type[C]:
    """The NamedTuple ``kind``, each value of which its ``check`` sees first.

    However it is made: called, by ``_replace`` or ``_make``, copied or unpickled.
    """
    make = kind.__new__

    @wraps(make)
    def made(cls: type[C], *fields: object, **named: object) -> C:
        value = make(cls, *fields, **named)
        value.check()
        return value

    def made_of(cls: type[C], fields: Iterable[object]) -> C:
        return cls(*fields)

    kind.__new__ = made  # type: ignore[assignment]
    kind._make = classmethod(made_of)  # type: ignore[attr-defined] # what _replace makes it by
    return kind
