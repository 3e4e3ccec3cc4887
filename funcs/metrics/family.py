"""Metrics with their values: added up over workers, and written as Prometheus' text (0.0.4)."""

from __future__ import annotations

import math

from funcs.metrics.declaration import GAUGE, HISTOGRAM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from funcs.metrics.declaration import Declaration

#: So many sets of labels a metric has at the most: each is a time series in a database.
MOST_LABEL_SETS = 1000


class Family:
    """One metric; ``samples`` are its numbers by the values of its labels.

    A histogram's numbers are how many values fell into each bucket, the last of them unbounded,
    and their sum.
    """

    __slots__ = ("declaration", "samples")

    def __init__(self, declaration: Declaration) -> None:
        self.declaration = declaration
        self.samples: dict[tuple[str, ...], list[float]] = {}

    def lines(self) -> Iterator[str]:
        """Its part of a page."""
        declaration = self.declaration
        if declaration.help:
            text = declaration.help.replace("\\", r"\\").replace("\n", r"\n")
            yield f"# HELP {declaration.name} {text}"
        yield f"# TYPE {declaration.name} {declaration.kind}"
        names = sorted(declaration.labels)
        order = [declaration.labels.index(name) for name in names]
        rows = [([values[at] for at in order], each) for values, each in self.samples.items()]
        for values, numbers in sorted(rows):
            labels = [f'{n}="{_escaped(v)}"' for n, v in zip(names, values, strict=True)]
            if declaration.kind == HISTOGRAM:
                yield from self._histogram_lines(labels, numbers)
            else:
                yield f"{declaration.name}{_braced(labels)} {number_text(numbers[0])}"

    def _histogram_lines(self, labels: list[str], numbers: list[float]) -> Iterator[str]:
        name = self.declaration.name
        *counts, total = numbers
        below = 0.0
        for bound, count in zip((*self.declaration.buckets, math.inf), counts, strict=True):
            below += count
            inner = _braced([*labels, f'le="{number_text(bound)}"'])
            yield f"{name}_bucket{inner} {number_text(below)}"
        yield f"{name}_sum{_braced(labels)} {number_text(total)}"
        yield f"{name}_count{_braced(labels)} {number_text(below)}"


def add(families: dict[str, Family], more: Mapping[str, Family]) -> set[str]:
    """Add the values of ``more`` to ``families``; the names of those without room for all.

    A metric declared anew with another kind, other labels or other buckets begins at zero.
    """
    full: set[str] = set()
    for name, family in more.items():
        mine = families.get(name)
        if mine is None or mine.declaration.shape != family.declaration.shape:
            mine = families[name] = Family(family.declaration)
        samples = mine.samples
        for labels, numbers in family.samples.items():
            known = samples.get(labels)
            if known is not None:
                samples[labels] = [a + b for a, b in zip(known, numbers, strict=True)]
            elif len(samples) < MOST_LABEL_SETS:
                samples[labels] = numbers
            else:
                full.add(name)
    return full


def lasting(families: Mapping[str, Family]) -> dict[str, Family]:
    """Those that outlive the worker that counted: a gauge tells of now, and is gone with it."""
    return {name: each for name, each in families.items() if each.declaration.kind != GAUGE}


def page_lines(families: Mapping[str, Family]) -> list[str]:
    """The metrics in the order of their names.

    Of two that would show numbers under one name, which no worker has alone, the second is left
    out: a page that holds both is refused whole.
    """
    shown: set[str] = set()
    lines: list[str] = []
    for name in sorted(families):
        own = families[name].declaration.sample_names
        if shown.isdisjoint(own):
            shown.update(own)
            lines += families[name].lines()
    return lines


def number_text(value: float) -> str:
    """A number as Prometheus writes it.

    >>> number_text(3.0), number_text(0.005), number_text(float("inf"))
    ('3', '0.005', '+Inf')
    """
    if math.isfinite(value):
        return repr(value).removesuffix(".0")
    return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"


def _braced(labels: list[str]) -> str:
    return f"{{{','.join(labels)}}}" if labels else ""


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
