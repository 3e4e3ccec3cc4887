"""Who is told of every exchange: request lines in a terminal, a tape."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from funcs.tape.exchange import Exchange

    class Observer(Protocol):
        """Is told of each event that a trigger brought, health checks and refusals left out.

        ``keeps_bytes`` is how long an event's or an answer's body may be to be kept until then;
        0 for an observer that needs none.
        """

        keeps_bytes: int

        def on_exchange(self, exchange: Exchange) -> None:
            """An event is answered; the answer leaves when this returns."""


class _All:
    """Several observers, told in turn."""

    def __init__(self, observers: list[Observer]) -> None:
        self._observers = observers
        self.keeps_bytes = max(each.keeps_bytes for each in observers)

    def on_exchange(self, exchange: Exchange) -> None:
        for observer in self._observers:
            observer.on_exchange(exchange)


def all_of(*observers: Observer | None) -> Observer | None:
    """One observer for those that are there; None where none is."""
    there = [each for each in observers if each is not None]
    return _All(there) if len(there) > 1 else next(iter(there), None)
