"""`funcs run shop billing`: several functions served together, each by an emulator of its own.

One process each, so that every function stands in its own folder and none waits for another's
processor; they find each other by the names that Nuclio gives their hosts.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from funcs.emulator.console import Console
from funcs.emulator.environment import with_functions
from funcs.emulator.member import Member
from funcs.emulator.options import Options
from funcs.emulator.ports import DEFAULT_PORT, choose_port, free_port
from funcs.emulator.screen import Screen
from funcs.emulator.workplace import Workplace
from funcs.errors import FuncsError
from funcs.settings import Settings
from funcs.spec import FunctionSpec

_LOOPBACK = "127.0.0.1"
_ANYWHERE = ("", "0.0.0.0")


class Fleet:
    """Serves several functions until it is stopped, or until one of them ends."""

    def __init__(
        self,
        places: Mapping[str, tuple[str, Options]],
        console_of: Callable[[str], Console],
        welcome: Callable[[Sequence[Screen]], None],
        environ: Mapping[str, str],
    ) -> None:
        """``places`` are from `places`; ``console_of`` gives a function's own console."""
        self._places = places
        self._welcome = welcome
        self._environ = with_functions(environ, {name: at for name, (at, _) in places.items()})
        self._console_of = console_of
        self._members: list[Member] = []
        self._is_stopping = False

    def run(self) -> int:
        """Serve until Ctrl-C or SIGTERM; 0 then, 1 if a function could not be served."""
        return asyncio.run(self._main())

    async def _main(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop)
        self._members = [
            Member(name, options, self._console_of(name))
            for name, (_, options) in self._places.items()
        ]
        try:
            await asyncio.gather(*(member.start(self._environ) for member in self._members))
            return await self._serve()
        finally:
            if not self._is_stopping:
                self._stop()
            await asyncio.gather(*(member.wait_ended() for member in self._members))

    async def _serve(self) -> int:
        ended = [asyncio.create_task(member.wait_ended()) for member in self._members]
        ready = asyncio.gather(*(member.wait_ready() for member in self._members))
        first: list[asyncio.Future[Any]] = [ready, *ended]
        await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        if ready.done() and all(await ready):
            self._welcome([member.screen for member in self._members if member.screen])
            await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
        is_asked = self._is_stopping
        if not is_asked:
            self._name_the_first(ended)
            self._stop()
        codes = await asyncio.gather(*ended)
        await ready
        return 0 if is_asked and not any(codes) else 1

    def _name_the_first(self, ended: Sequence[asyncio.Task[int]]) -> None:
        for member, task in zip(self._members, ended, strict=True):
            if task.done():
                how = f"ended with exit code {task.result()}; the others end with it"
                self._console_of(member.name).notice(how)

    def _stop(self) -> None:
        """Pass it on: the first time each stops in good order, the second time at once."""
        self._is_stopping = True
        for member in self._members:
            member.signal(signal.SIGTERM)


def places(
    options: Sequence[Options], environ: Mapping[str, str]
) -> dict[str, tuple[str, Options]]:
    """Each function by its name: the address it is called at, and how it is run, its port chosen.

    The first takes the port that is asked for, or 8080; the others the next free ones, unless
    their function.yaml names one.

    Raises:
        FuncsError: a function is not valid, two have one name, or a port is taken.
    """
    found: dict[str, tuple[str, Options]] = {}
    taken: set[int] = set()
    for each in options:
        spec = FunctionSpec.of(each.path)
        if spec.name in found:
            raise _same_name(spec.name, [found[spec.name][1], each])
        host = _host(spec, environ)
        port = _port(spec, each, host, taken)
        taken.add(port)
        address = _LOOPBACK if host in _ANYWHERE else host
        found[spec.name] = (f"{address}:{port}", replace(each, port=port))
    return found


def _host(spec: FunctionSpec, environ: Mapping[str, str]) -> str:
    return Workplace.of(spec).host or Settings.from_environ(environ).host or _LOOPBACK


def _port(spec: FunctionSpec, options: Options, host: str, taken: set[int]) -> int:
    if options.port == 0:
        return free_port(host)
    if not taken and options.port is not None:
        return choose_port(options.port, host=host)
    wanted = Workplace.of(spec).port
    if wanted is not None and options.port is None:
        return choose_port(wanted, host=host)
    first = options.port or DEFAULT_PORT
    return choose_port(None, host=host, first=first, taken=taken) or free_port(host)


def _same_name(name: str, options: Iterable[Options]) -> FuncsError:
    first, second = (str(each.path) for each in options)
    return FuncsError(
        f"two functions are called {name!r}: {first} and {second}",
        fix="give one another metadata.name in its function.yaml",
    )
