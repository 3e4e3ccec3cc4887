"""Drain, terminate, continue: what a processor says to a worker by signals."""

from __future__ import annotations

import signal
from collections.abc import Coroutine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    Coro = Coroutine[Any, Any, Any]

    class Discarder(Protocol):
        """Who handles events, unless told to discard them."""

        discarding: bool


class Signals:
    """Nuclio 1.14: SIGUSR2 drains, SIGUSR1 terminates, SIGCONT goes on.

    Drained or terminated, a worker calls the callback that the handler gave
    ``context.platform``, and discards events until told to go on; it does not end.
    A running handler is not interrupted: signals wait in ``have_come`` for ``settle``.
    """

    def __init__(self, worker: Discarder, context: Any) -> None:
        self._worker = worker
        self._platform = context.platform
        self._logger = context.logger
        self.have_come: list[int] = []

    def register(self, on_arrival: Callable[[], None]) -> None:
        """Take the three signals, and call ``on_arrival`` after each; in the main thread.

        SIGINT is ignored from now on, unless the handler's module has its own use for it.
        """

        def arrive(number: int, _frame: object) -> None:
            self.have_come.append(number)
            on_arrival()

        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGCONT):
            signal.signal(number, arrive)
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            # Ctrl-C reaches a whole terminal; when a worker ends is the processor's to say.
            signal.signal(signal.SIGINT, _ignore)

    def settle(self) -> list[Coro]:
        """Do what the signals that came ask for; callbacks that must be awaited are returned."""
        awaited = []
        while self.have_come:
            outcome = self._act(signal.Signals(self.have_come.pop(0)))
            if isinstance(outcome, Coroutine):
                awaited.append(outcome)
        return awaited

    async def finish(self, awaited: list[Coro]) -> None:
        """Await the callbacks that ``settle`` returned."""
        for coroutine in awaited:
            try:
                await coroutine
            except BaseException as exc:  # a worker outlives its callbacks
                self._report(exc)

    def _act(self, number: signal.Signals) -> Any:
        if number is signal.SIGUSR2 and self._worker.discarding:
            self._logger.debug(
                "Draining signal is received, but it will be ignored as the worker is already "
                "drained"
            )
            return None
        self._logger.debug_with("Received signal", signal=number.name)
        self._worker.discarding = number is not signal.SIGCONT
        if number is signal.SIGCONT:
            return None
        self._logger.debug("Waiting for event message was interrupted by a signal")
        callback = "termination" if number is signal.SIGUSR1 else "drain"
        self._logger.debug(f"Calling platform {callback} handler")
        try:
            return self._platform._on_signal(callback_type=callback)
        except BaseException as exc:
            return self._report(exc)

    def _report(self, exc: BaseException) -> None:
        self._logger.error_with("Exception caught in a signal's callback", exc=repr(exc))


def _ignore(_number: int, _frame: object) -> None:
    """Unlike SIG_IGN, this is not handed on to what the handler may start."""
