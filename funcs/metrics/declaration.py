"""What a metric is: its kind, name and labels, by Prometheus' rules."""

from __future__ import annotations

import math
import re

from funcs.errors import FuncsError
from funcs.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

COUNTER, GAUGE, HISTOGRAM = "counter", "gauge", "histogram"

#: Upper bounds, in seconds: from what a small model takes to what a client waits for.
DEFAULT_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*")
_KINDS = (COUNTER, GAUGE, HISTOGRAM)
_NUCLIOS = "nuclio_processor_"
#: What `inc`, `set` and `observe` call their number, and the label that buckets have.
_TAKEN = ("amount", "value", "le")
_MOST_BUCKETS = 100


class Declaration(Record):
    """One metric. ``buckets`` are a histogram's upper bounds, ascending; infinity is not named."""

    kind: str
    name: str
    help: str = ""
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def shape(self) -> tuple[object, ...]:
        """What two of one name must agree in, for their values to be added."""
        return (self.kind, self.labels, self.buckets)

    @property
    def width(self) -> int:
        """How many numbers one set of labels has: a histogram's buckets and their sum, else 1."""
        return len(self.buckets) + 2 if self.kind == HISTOGRAM else 1

    @property
    def sample_names(self) -> tuple[str, ...]:
        """The names under which its numbers are shown."""
        if self.kind != HISTOGRAM:
            return (self.name,)
        return tuple([self.name + end for end in ("", "_bucket", "_count", "_sum")])


def declare(
    kind: str,
    name: str,
    help: object = "",
    labels: Iterable[str] = (),
    buckets: Iterable[float] = (),
) -> Declaration:
    """A metric that Prometheus takes.

    Raises:
        FuncsError: it does not.
    """
    where = f"context.metrics.{kind}({name!r})"
    if kind not in _KINDS:
        raise FuncsError(f"{kind!r} is no kind of metric", fix=f"one of {', '.join(_KINDS)}")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise FuncsError(f"{name!r} is no name for a metric", where=where, fix=_name_fix(name))
    if name.startswith(_NUCLIOS):
        what = f"names that begin with {_NUCLIOS!r} are Nuclio's own counters"
        raise FuncsError(what, where=where, fix=f"write {name.removeprefix(_NUCLIOS)!r}")
    if not isinstance(help, str):
        what = f"a metric's help is text, not {help!r}"
        raise FuncsError(what, where=where, fix="say in words what is counted, or write labels=…")
    bounds = _buckets(buckets, where) if kind == HISTOGRAM else ()
    return Declaration(kind, name, help, _labels(labels, where), bounds)


def _name_fix(name: object) -> str:
    rule = "letters, digits, _ and :, no digit first"
    if not isinstance(name, str) or not name:
        return rule
    tame = re.sub(r"[^a-zA-Z0-9_:]", "_", name)
    return f"write {tame if not tame[0].isdigit() else '_' + tame!r}: {rule}"


def _labels(labels: Iterable[str], where: str) -> tuple[str, ...]:
    if isinstance(labels, str):
        what = f"labels are several names, and {labels!r} is one text"
        raise FuncsError(what, where=where, fix=f"write labels=({labels!r},)")
    try:
        names = tuple(labels)
    except TypeError:
        fix = 'write labels=("model", "status")'
        raise FuncsError(f"labels are names, not {labels!r}", where=where, fix=fix) from None
    for name in names:
        if not isinstance(name, str) or not _LABEL.fullmatch(name):
            fix = "letters, digits and _, no digit and no __ first"
            raise FuncsError(f"{name!r} is no name for a label", where=where, fix=fix)
        if name in _TAKEN:
            raise FuncsError(f"a label cannot be called {name!r}", where=where, fix="rename it")
    if len(set(names)) < len(names):
        raise FuncsError("two labels have one name", where=where, fix="name each once")
    return names


def _buckets(buckets: Iterable[float], where: str) -> tuple[float, ...]:
    try:
        bounds = [float(bound) for bound in buckets]
    except (TypeError, ValueError, OverflowError):
        bounds = []
    if bounds and bounds[-1] == math.inf:
        bounds.pop()
    if not 0 < len(bounds) <= _MOST_BUCKETS or not all(map(math.isfinite, bounds)):
        what = f"buckets are 1 to {_MOST_BUCKETS} numbers, the upper bounds"
        raise FuncsError(what, where=where, fix="write buckets=(0.1, 0.5, 1)")
    if bounds != sorted(set(bounds)):
        what = "buckets go up, none twice"
        raise FuncsError(what, where=where, fix=f"write buckets={tuple(sorted(set(bounds)))}")
    return tuple(bounds)


def to_list(declaration: Declaration) -> list[Any]:
    """It for JSON."""
    return [getattr(declaration, field) for field in Declaration.__match_args__]


def from_list(values: list[Any]) -> Declaration:
    """The declaration that `to_list` wrote.

    Raises:
        TypeError: the values are too many, too few or no values of a declaration.
        FuncsError: it is none that `declare` would make.
    """
    return declare(*values)
