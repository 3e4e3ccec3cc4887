"""Which step waits for which: circles, order, what lies below what. It knows names alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class Shape:
    """The edges of a graph, from both ends; names in declared order.

    >>> Shape({"a": (), "b": ("a",)}).below("a")
    {'b'}
    """

    __slots__ = ("after", "next")

    def __init__(self, after: Mapping[str, Iterable[str]]) -> None:
        self.after = {name: tuple(before) for name, before in after.items()}
        self.next = {
            name: tuple(other for other in self.after if name in self.after[other])
            for name in self.after
        }

    def ends(self) -> list[str]:
        """The steps that nothing runs after."""
        return [name for name in self.after if not self.next[name]]

    def order(self) -> list[str]:
        """Each step after those it waits for, else as declared; without what a circle holds up."""
        order: dict[str, None] = {}
        waiting = dict(self.after)
        while True:
            ready = next((name for name in waiting if order.keys() >= set(waiting[name])), None)
            if ready is None:
                return list(order)
            order[ready] = None
            del waiting[ready]

    def circle(self) -> list[str]:
        """One way round a circle, ``["a", "b", "a"]``; [] where there is none."""
        left = set(self.after) - set(self.order())
        path: list[str] = []
        name = next((name for name in self.after if name in left), "")
        while name and name not in path:
            path.append(name)
            name = next(other for other in self.after[name] if other in left)
        # The walk went up, against the arrows; what came before the circle is no part of it.
        return [*path[path.index(name) :], name][::-1] if name else []

    def held_up(self) -> list[str]:
        """The steps that run after a circle and are on none: they are never reached."""
        left = set(self.after) - set(self.order())
        return [name for name in self.after if name in left and name not in self.below(name)]

    def below(self, name: str) -> set[str]:
        """The steps that get, over whatever way, the result of ``name``."""
        return _reach(name, self.next)

    def above(self, name: str) -> set[str]:
        """The steps whose results come, over whatever way, to ``name``."""
        return _reach(name, self.after)

    def skipped(self, failing: str, before: str) -> tuple[set[str], str]:
        """The steps left out when ``failing`` fails and a handler's result goes on at ``before``.

        With them the one among them whose result the handler's stands for at ``before``; "" where
        ``before`` does not run after ``failing``, or others would be left without a value.
        """
        out = (self.below(failing) | {failing}) - self.below(before) - {before}
        leaving = {(name, other) for name in out for other in self.next[name] if other not in out}
        gates = {name for name, other in leaving if other == before}
        if len(gates) == 1 and len(leaving) == 1:
            return out, gates.pop()
        return out, ""


def _reach(start: str, edges: Mapping[str, tuple[str, ...]]) -> set[str]:
    found: set[str] = set()
    todo = [*edges[start]]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo.extend(edges[name])
    return found
