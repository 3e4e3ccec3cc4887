"""The kernel's readiness call: epoll where there is one, else what `selectors` finds."""

from __future__ import annotations

import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Poller(Protocol):
        """The part of `select.epoll` that the reactor uses."""

        def register(self, fd: int, mask: int) -> None:
            """Wait for ``mask`` on ``fd``."""

        def modify(self, fd: int, mask: int) -> None:
            """Wait for something else on ``fd``; with 0 for nothing but its end."""

        def unregister(self, fd: int) -> None:
            """Wait for ``fd`` no more."""

        def poll(self, timeout: float, maxevents: int) -> list[tuple[int, int]]:
            """Each descriptor that is ready, with what it is ready for; -1 waits for ever."""

        def fileno(self) -> int:
            """A descriptor that is readable when any other is ready."""

        def close(self) -> None:
            """Give the kernel's object back."""


#: The bits of a mask, with epoll's values.
READ = 1
WRITE = 4
#: The other end is gone for good, or the descriptor is broken.
GONE = 0x08 | 0x10


def new_poller() -> Poller:
    """A poller of the best kind this system has."""
    if hasattr(select, "epoll"):
        return select.epoll()
    return SelectorPoller()


class SelectorPoller:
    """The same over `selectors`, for systems without epoll (macOS)."""

    def __init__(self) -> None:
        import selectors  # systems with epoll do without it

        self._selector = selectors.DefaultSelector()
        self._resting: set[int] = set()

    def register(self, fd: int, mask: int) -> None:
        """Wait for ``mask`` on ``fd``."""
        if mask:
            self._selector.register(fd, _to_selectors(mask))
        else:
            self._resting.add(fd)

    def modify(self, fd: int, mask: int) -> None:
        """Wait for something else on ``fd``; with 0 for nothing at all."""
        if fd in self._resting:
            self._resting.remove(fd)
            self.register(fd, mask)
        elif mask:
            self._selector.modify(fd, _to_selectors(mask))
        else:
            self._selector.unregister(fd)
            self._resting.add(fd)

    def unregister(self, fd: int) -> None:
        """Wait for ``fd`` no more."""
        if fd in self._resting:
            self._resting.remove(fd)
        else:
            self._selector.unregister(fd)

    def poll(self, timeout: float, maxevents: int) -> list[tuple[int, int]]:
        """Each descriptor that is ready, with what it is ready for."""
        ready = self._selector.select(None if timeout < 0 else timeout)
        return [(key.fd, _from_selectors(mask)) for key, mask in ready[:maxevents]]

    def fileno(self) -> int:
        """A descriptor that is readable when any other is ready."""
        fileno: int = getattr(self._selector, "fileno")()  # noqa: B009 - not in its base class
        return fileno

    def close(self) -> None:
        """Give the kernel's object back."""
        self._selector.close()


def _to_selectors(mask: int) -> int:
    return (1 if mask & READ else 0) | (2 if mask & WRITE else 0)


def _from_selectors(mask: int) -> int:
    return (READ if mask & 1 else 0) | (WRITE if mask & 2 else 0)
