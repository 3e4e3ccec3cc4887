"""Small frozen classes, made in a hundredth of the time that a dataclass takes.

The dataclasses module and the twenty such classes that a worker needs would be a third of its
start.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self, dataclass_transform
else:

    def dataclass_transform(**_: object) -> object:
        """What tells type checkers to read a Record as a dataclass."""
        return lambda cls: cls


__all__ = ["Record"]

_set = object.__setattr__


class _RecordType(type):
    """Makes slots of a class's annotations, and defaults of the values they are given."""

    __match_args__: tuple[str, ...]
    _defaults: dict[str, Any]

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> _RecordType:
        fields = tuple(body.get("__annotations__", ()))
        defaults = {field: body.pop(field) for field in fields if field in body}
        body |= {"__slots__": fields, "__match_args__": fields, "_defaults": defaults}
        return super().__new__(cls, name, bases, body)


def _default(defaults: dict[str, Any], name: str) -> dict[str, Any]:
    """The default of ``name`` as dataclasses take it: what could change, as {}, from a factory."""
    if name not in defaults:
        return {}
    value = defaults[name]
    return {"default": value} if value.__hash__ else {"default_factory": lambda: value}


class _DataclassFields:
    """A Record's fields for those who know dataclasses: ``replace``, ``asdict``, pydantic."""

    def __get__(self, record: Record | None, cls: _RecordType) -> dict[str, Any]:
        from dataclasses import field, make_dataclass  # a worker never asks

        fields = [
            (name, cls.__annotations__[name], field(**_default(cls._defaults, name)))
            for name in cls.__match_args__
        ]
        made: dict[str, Any] = vars(make_dataclass(cls.__name__, fields))["__dataclass_fields__"]
        return made


@dataclass_transform(frozen_default=True)
class Record(metaclass=_RecordType):
    """A value with named fields that never change. A subclass lists them, no more is needed.

    Two of one class are equal where all their fields are. A subclass is not subclassed again.

    >>> class Point(Record):
    ...     x: int
    ...     y: int = 0
    >>> Point(3)
    Point(x=3, y=0)
    >>> Point(3) == Point(y=0, x=3)
    True
    """

    __dataclass_fields__ = _DataclassFields()

    def __init__(self, *values: Any, **named: Any) -> None:
        cls = type(self)
        fields = cls.__match_args__
        given = dict(zip(fields, values, strict=False)) | named
        every = cls._defaults | given
        if len(given) < len(values) + len(named) or every.keys() != set(fields):
            raise TypeError(f"{cls.__name__} is made of {', '.join(fields)}")
        for name in fields:
            _set(self, name, every[name])

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{name!r} cannot be set: a {type(self).__name__} never changes")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{name!r} cannot be deleted: a {type(self).__name__} never changes")

    def _replace(self, **changes: Any) -> Self:
        """A copy with these fields changed, as a NamedTuple's."""
        return type(self)(**{**self._asdict(), **changes})

    def _asdict(self) -> dict[str, Any]:
        """The fields by name, as a NamedTuple's."""
        return dict(zip(type(self).__match_args__, self._values(), strict=True))

    def _values(self) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in type(self).__match_args__])

    def _compared(self) -> tuple[Any, ...]:
        """What must be equal for two of them to be."""
        return self._values()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record) or type(self) is not type(other):
            return NotImplemented
        return self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash(self._compared())

    def __repr__(self) -> str:
        words = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
        return f"{type(self).__qualname__}({words})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._values()
