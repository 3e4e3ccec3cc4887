from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from time import monotonic

import pytest

from funcs.processor.poller import READ, WRITE, SelectorPoller
from funcs.processor.reactor import Reactor


class Watcher:
    """Reads, remembers, and may break."""

    def __init__(self, sock: socket.socket, reactor: Reactor, *, breaks: bool = False) -> None:
        self.sock, self.reactor, self.breaks = sock, reactor, breaks
        self.got: list[bytes] = []
        self.crashes: list[Exception] = []

    def on_event(self, mask: int) -> None:
        self.got.append(self.sock.recv(100))
        if self.breaks:
            raise ValueError("a bug")
        self.reactor.close()

    def on_crash(self, error: Exception) -> None:
        self.crashes.append(error)
        self.reactor.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    with one, other:
        one.setblocking(False)
        yield one, other


Pair = tuple[socket.socket, socket.socket]


def test_a_watcher_is_called_when_its_descriptor_is_ready(pair: Pair) -> None:
    reactor = Reactor()
    watcher = Watcher(pair[0], reactor)
    reactor.watch(pair[0].fileno(), watcher)
    pair[1].send(b"hello")

    reactor.run()

    assert [b"hello"] == watcher.got


def test_a_watcher_that_breaks_is_told_and_the_loop_goes_on(pair: Pair) -> None:
    reactor = Reactor()
    watcher = Watcher(pair[0], reactor, breaks=True)
    reactor.watch(pair[0].fileno(), watcher)
    pair[1].send(b"hello")

    reactor.run()

    assert ["a bug"] == [str(error) for error in watcher.crashes]


def test_timers_ring_in_order_and_cancelled_ones_do_not() -> None:
    reactor = Reactor()
    rung: list[str] = []
    now = monotonic()
    reactor.call_at(now + 0.02, lambda: rung.append("b"))
    reactor.call_at(now + 0.01, lambda: rung.append("a"))
    reactor.call_at(now + 0.015, lambda: rung.append("never")).cancel()
    reactor.call_at(now + 0.03, reactor.close)

    reactor.run()

    assert ["a", "b"] == rung
    assert monotonic() - now >= 0.03


def broken() -> None:
    raise ZeroDivisionError


def test_a_timer_that_breaks_is_reported() -> None:
    reported: list[Exception] = []
    reactor = Reactor(reported.append)
    reactor.call_in(0, broken)
    reactor.call_in(0.001, reactor.close)

    reactor.run()

    assert [ZeroDivisionError] == [type(error) for error in reported]


def test_inside_asyncio_the_loop_drives_it(pair: Pair) -> None:
    async def work() -> list[bytes]:
        reactor = Reactor()
        reactor.attach(asyncio.get_running_loop())
        watcher = Watcher(pair[0], reactor)
        reactor.watch(pair[0].fileno(), watcher)

        def ring() -> None:
            pair[1].send(b"later")

        reactor.call_in(0.001, ring)
        async with asyncio.timeout(10):
            while not watcher.got:
                await asyncio.sleep(0)
        return watcher.got

    assert [b"later"] == asyncio.run(work())


def test_the_poller_of_other_systems_knows_the_same_words(pair: Pair) -> None:
    poller = SelectorPoller()
    fd = pair[0].fileno()
    poller.register(fd, READ | WRITE)

    assert [(fd, WRITE)] == poller.poll(0, 10)
    poller.modify(fd, READ)
    assert [] == poller.poll(0, 10)
    pair[1].send(b"x")
    assert [(fd, READ)] == poller.poll(-1, 10)
    poller.modify(fd, 0)
    assert [] == poller.poll(0, 10)
    poller.modify(fd, READ)
    assert [(fd, READ)] == poller.poll(0, 10)
    assert poller.fileno() >= 0
    poller.unregister(fd)
    poller.register(fd, 0)
    poller.unregister(fd)
    poller.close()
