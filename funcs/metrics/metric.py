"""Counter, Gauge and Histogram: what a handler calls for each event."""

from __future__ import annotations

import math
from _thread import RLock
from bisect import bisect_left

from funcs.errors import FuncsError
from funcs.metrics.family import MOST_LABEL_SETS
from funcs.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from funcs.metrics.declaration import Declaration
    from funcs.metrics.memory import Memory

#: A label's value is cut after so many characters.
LONGEST_LABEL = 256

_SHORT = (int, bool)  # equal to what is written as they are, but for 1 and True in one label

# Reentrant: a handler of signals may count in the midst of a count.
_lock = RLock()


class Metric:
    """A metric of one worker, its numbers in ``memory``; ``logger`` is told once what is lost.

    Labels are given by name, each time all of them, their values as text or what makes one. What
    an event brings never fails it: a value that is no number is not counted, nor is what there
    is no room for.
    """

    __slots__ = ("_at", "_every", "_logger", "_memory", "_names", "_number", "_said", "_values",
                 "declaration")  # fmt: skip

    def __init__(self, declaration: Declaration, memory: Memory, logger: Any) -> None:
        self.declaration = declaration
        self._memory = memory
        self._values = memory.values
        self._logger = logger
        self._names = frozenset(declaration.labels)
        self._number = memory.declare(declaration)
        #: Where numbers are, by the labels as they are written in a call, and by their values.
        self._at: dict[tuple[tuple[str, object], ...], int] = {}
        self._every: dict[tuple[str, ...], int] = {}
        self._said: set[str] = set()
        if not declaration.labels:
            self._place({})  # shown as 0 from the start

    def __repr__(self) -> str:
        return repr(self.declaration)

    def _place(self, labels: dict[str, Any]) -> int:
        """Where in the memory the numbers of these labels begin; 0: nowhere.

        Raises:
            FuncsError: they are not the labels that were declared.
        """
        try:
            return self._at[tuple(labels.items())]
        except (KeyError, TypeError):  # not seen yet, or a list or the like
            return self._look_up(labels)

    def _look_up(self, labels: dict[str, Any]) -> int:
        values = self._texts(labels)
        at = self._every.get(values)
        if at is None:
            with _lock:
                at = self._every.get(values) or self._new_place(values)
        if at and all(map(_is_short, labels.values())):
            self._at[tuple(labels.items())] = at
        return at

    def _texts(self, labels: dict[str, Any]) -> tuple[str, ...]:
        if labels.keys() != self._names:
            raise self._other_labels(labels)
        try:
            return tuple([str(labels[name])[:LONGEST_LABEL] for name in self.declaration.labels])
        except Exception:  # its own __str__ fails
            self._say("label", "a label's value cannot be shown: it is counted as ''")
            return ("",) * len(self._names)

    def _new_place(self, values: tuple[str, ...]) -> int:
        if len(self._every) >= MOST_LABEL_SETS:
            what = f"events with other labels than its first {MOST_LABEL_SETS} are not counted"
            self._say("labels", what)
            return 0
        at = self._memory.place(self._number, values, self.declaration.width) * (self._number >= 0)
        if at:
            self._every[values] = at
        else:
            self._say("memory", "the memory of all metrics is full: what is new is not counted")
        return at

    def _number_of(self, at: int) -> float:
        return self._values[at] if at else 0.0

    def _known(self, labels: dict[str, Any]) -> int:
        """Where these labels' numbers are, if they have any; 0 else."""
        return self._every.get(self._texts(labels), 0)

    def _lose(self, value: object, wanted: str) -> None:
        try:
            shown = repr(value)[:100]
        except Exception:  # its own __repr__ fails
            shown = f"a {type(value).__name__}"
        self._say("value", f"{shown} is not counted: it is no {wanted}")

    def _say(self, kind: str, what: str) -> None:
        """Log what is not counted, and why: once for each kind of reason."""
        if kind not in self._said and self._logger is not None:
            self._logger.warn(f"metric {self.declaration.name!r}: {what}")
        self._said.add(kind)

    def _other_labels(self, labels: dict[str, Any]) -> FuncsError:
        own = self.declaration.labels
        what = f"metric {self.declaration.name!r} has the labels ({', '.join(own)})"
        if not own:
            what = f"metric {self.declaration.name!r} has no labels"
        for name in labels:
            if name not in own:
                fix = did_you_mean(name, own, noun="labels") if own else f"leave {name} out"
                return FuncsError(f"{what}, no {name!r}", fix=fix)
        missing = ", ".join(f"{name}=…" for name in own if name not in labels)
        return FuncsError(f"{what}, all of which are given each time", fix=f"add {missing}")


class Counter(Metric):
    """A number that only grows: events, bytes, seconds spent."""

    __slots__ = ()

    def inc(self, /, amount: float = 1, **labels: Any) -> None:
        """Add ``amount``, which is at least 0, to the number of these labels."""
        at = self._place(labels)
        try:
            if 0 <= amount < math.inf:
                if at:
                    with _lock:
                        self._values[at] += amount
                return
        except Exception:  # not even a number
            pass
        self._lose(amount, "number from 0 upwards")

    def value(self, /, **labels: Any) -> float:
        """What this worker has counted; 0 where there was nothing."""
        return self._number_of(self._known(labels))


class Gauge(Metric):
    """A number that goes up and down: a queue's length, a model's age."""

    __slots__ = ()

    def set(self, /, value: float, **labels: Any) -> None:
        """Make it ``value``."""
        at = self._place(labels)
        try:
            if at:
                self._values[at] = value
        except Exception:
            self._lose(value, "number")

    def inc(self, /, amount: float = 1, **labels: Any) -> None:
        """Add ``amount``."""
        at = self._place(labels)
        try:
            if at:
                with _lock:
                    self._values[at] += amount
        except Exception:
            self._lose(amount, "number")

    def dec(self, /, amount: float = 1, **labels: Any) -> None:
        """Take ``amount`` away."""
        at = self._place(labels)
        try:
            if at:
                with _lock:
                    self._values[at] -= amount
        except Exception:
            self._lose(amount, "number")

    def value(self, /, **labels: Any) -> float:
        """What it is in this worker; 0 where it was not set."""
        return self._number_of(self._known(labels))


class Histogram(Metric):
    """How values spread over buckets: durations, sizes, scores."""

    __slots__ = ()

    def observe(self, /, value: float, **labels: Any) -> None:
        """Count ``value`` in its bucket, the first whose bound is not below it."""
        at = self._place(labels)
        buckets = self.declaration.buckets
        try:
            if -math.inf < value < math.inf:
                if at:
                    bucket = at + bisect_left(buckets, value)
                    with _lock:
                        self._values[at + len(buckets) + 1] += value
                        self._values[bucket] += 1
                return
        except Exception:  # not even a number
            pass
        self._lose(value, "finite number")

    def count(self, /, **labels: Any) -> int:
        """How many values this worker has observed."""
        at = self._known(labels)
        return int(sum(self._values[at : at + len(self.declaration.buckets) + 1])) if at else 0

    def sum(self, /, **labels: Any) -> float:
        """Their sum."""
        at = self._known(labels)
        return self._number_of(at and at + len(self.declaration.buckets) + 1)


def _is_short(value: object) -> bool:
    """Whether a label of this value is found again by ``==``, and keeping it takes no room."""
    return type(value) in _SHORT or (type(value) is str and len(value) <= LONGEST_LABEL)
