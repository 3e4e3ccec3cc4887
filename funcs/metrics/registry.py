"""`context.metrics`: the metrics of one worker, by name."""

from __future__ import annotations

import os
from _thread import RLock

from funcs.errors import FuncsError
from funcs.metrics.declaration import COUNTER, DEFAULT_BUCKETS, GAUGE, HISTOGRAM, declare
from funcs.metrics.family import page_lines
from funcs.metrics.memory import Memory, MemoryReader, new_file
from funcs.metrics.metric import Counter, Gauge, Histogram, Metric
from funcs.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, TypeVar

    from funcs.metrics.declaration import Declaration

    M = TypeVar("M", bound=Metric)


class Metrics:
    """Metrics of a handler's own: counters, gauges, histograms; a mapping of them by name.

    ``logger`` is told, once each, what is not counted. ``share`` is given the open file in which
    the values lie, for a processor to read, and may not keep it; without it they are for this
    process alone.

    >>> metrics = Metrics(logger=None)
    >>> answers = metrics.counter("answers_total", "Answers given", labels=("kind",))
    >>> answers.inc(kind="short")
    >>> metrics["answers_total"].value(kind="short")
    1.0
    """

    def __init__(self, logger: Any, share: Callable[[int], None] | None = None) -> None:
        self._logger = logger
        self._share = share
        self._metrics: dict[str, Metric] = {}
        self._memory: Memory | None = None
        self._lock = RLock()

    def counter(self, name: str, help: str = "", labels: Iterable[str] = ()) -> Counter:
        """The counter of this name, made if it is new; by custom the name ends in ``_total``.

        Raises:
            FuncsError: Prometheus takes no such name or label, or the name is another metric's.
        """
        return self._metric(Counter, COUNTER, name, help, labels)

    def gauge(self, name: str, help: str = "", labels: Iterable[str] = ()) -> Gauge:
        """The gauge of this name, made if it is new.

        Raises:
            FuncsError: Prometheus takes no such name or label, or the name is another metric's.
        """
        return self._metric(Gauge, GAUGE, name, help, labels)

    def histogram(
        self,
        name: str,
        help: str = "",
        labels: Iterable[str] = (),
        buckets: Iterable[float] = DEFAULT_BUCKETS,
    ) -> Histogram:
        """The histogram of this name, made if it is new; ``buckets`` are upper bounds, ascending.

        Raises:
            FuncsError: Prometheus takes no such name, label or bucket, or the name is another's.
        """
        return self._metric(Histogram, HISTOGRAM, name, help, labels, buckets)

    def __getitem__(self, name: str) -> Any:
        """The metric of this name.

        Raises:
            KeyError: there is none; it says which there are.
        """
        if name not in self._metrics:
            raise KeyError(f"no metric {name!r}: {did_you_mean(name, self, noun='metrics')}")
        return self._metrics[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._metrics)

    def __len__(self) -> int:
        return len(self._metrics)

    def __contains__(self, name: object) -> bool:
        return name in self._metrics

    def text(self) -> str:
        """This worker's metrics as `/metrics` shows them."""
        if self._memory is None:
            return ""
        return "\n".join([*page_lines(MemoryReader(self._memory.read).families()), ""])

    def _metric(self, cls: type[M], kind: str, name: str, *told: Any) -> M:
        declaration = declare(kind, name, *told)
        with self._lock:
            known = self._metrics.get(name) or self._made(cls, declaration)
        if known.declaration.shape != declaration.shape:
            what = f"metric {name!r} is there already, as {_described(known)}"
            fix = "declare it once, in init_context, or take another name"
            raise FuncsError(what, where=f"context.metrics.{kind}({name!r})", fix=fix)
        assert isinstance(known, cls)
        return known

    def _made(self, cls: type[M], declaration: Declaration) -> M:
        self._check_free(declaration.name, declaration.sample_names)
        if self._memory is None:
            self._memory = Memory() if self._share is None else _shared(self._share)
        made = cls(declaration, self._memory, self._logger)
        self._metrics[declaration.name] = made
        return made

    def _check_free(self, name: str, sample_names: tuple[str, ...]) -> None:
        for other in self._metrics.values():
            shared = set(sample_names).intersection(other.declaration.sample_names)
            if shared:
                what = f"metrics {name!r} and {other.declaration.name!r} would both show "
                raise FuncsError(what + repr(min(shared)), fix="take another name")


def _described(metric: Metric) -> str:
    kind, labels, buckets = metric.declaration.shape
    words = f"{kind} with labels {labels!r}" if labels else f"{kind} without labels"
    return f"{words} and buckets {buckets!r}" if buckets else words


def _shared(share: Callable[[int], None]) -> Memory:
    try:
        fd = new_file()
    except OSError:  # monitoring fails no event: then the values are not shown
        return Memory()
    try:
        memory = Memory(fd)
        share(fd)
    finally:
        os.close(fd)
    return memory
