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
