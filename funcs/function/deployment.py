"""Where a notebook's function was deployed."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from funcs.emulator.text import Paint, printable
from funcs.testing.requester import Requester

if TYPE_CHECKING:
    from funcs.deploy.deployed import Deployed, Outcome
    from funcs.deploy.platform import Platform
    from funcs.deploy.prepare import Prepared
    from funcs.deploy.profile import Profile
    from funcs.deploy.target import Target
    from funcs.emulator.answer import Answer
    from funcs.function.definition import Definition

_PLAIN = Paint(colour=False)


@dataclass(frozen=True, slots=True)
class Deployment:
    """``function`` as ``target`` told of it; ``has_changed`` is false where it was there so."""

    definition: Definition
    target: Target
    function: Deployed
    has_changed: bool

    @classmethod
    def of(
        cls,
        definition: Definition,
        wanted: Profile,
        image: str,
        *,
        trusts_image: bool,
        timeout_s: float,
    ) -> Deployment:
        """Put ``image`` where ``wanted`` says, and wait until it serves.

        Raises:
            DeployError: there is no target, or the platform refuses or fails.
        """
        from funcs.deploy.engine import Engine
        from funcs.deploy.history import History
        from funcs.deploy.prepare import Order, prepare
        from funcs.deploy.target import Target

        target = Target.resolve(wanted, os.environ, definition.folder)
        order = Order(definition.spec(), target, image=image, trusts_image=trusts_image)
        with closing(_platform(target, definition, timeout_s)) as client:
            prepared = prepare(order, Engine(os.environ), client)
            for note in prepared.notes:
                print(f"note: {note}")
            outcome = _applied(client, prepared)
        plan = prepared.plan
        history = History(definition.folder, plan.function, plan.place)
        history.remember(plan, prepared.files)
        return cls(definition, target, outcome.function, outcome.has_changed)

    def invoke(self, event: object, path: str) -> Answer:
        """The function's answer there.

        Raises:
            DeployError: it cannot be reached.
        """
        with _There(self.definition.name, _platform(self.target, self.definition)) as there:
            return there.invoke(event, path)

    def __str__(self) -> str:
        return " ".join([self.function.state, *self.function.urls[:1]])


class _There(Requester):
    """The function, asked through its platform."""

    def __init__(self, name: str, platform: Platform) -> None:
        self._name = name
        self._platform = platform

    def close(self) -> None:
        """Close the connection to the platform."""
        self._platform.close()

    def _send(
        self, method: str, path: str, body: bytes | None, headers: list[tuple[str, str]]
    ) -> Answer:
        from funcs.deploy.platform import Request

        request = Request(method, path, headers, body)
        return self._platform.call(self._name, request, is_direct=False)


def _platform(target: Target, definition: Definition, timeout_s: float = 300.0) -> Platform:
    from funcs.deploy.platform import Session, platform_of
    from funcs.progress.deploy import Steps

    progress = Steps(sys.stdout, _PLAIN)
    session = Session(target, progress, os.environ, definition.folder, timeout_s=timeout_s)
    return platform_of(session)


def _applied(platform: Platform, prepared: Prepared) -> Outcome:
    """Carry the plan out; a function that fails says why, one that is not waited for goes on."""
    from funcs.deploy.errors import FunctionFailedError

    try:
        return platform.apply(prepared.plan, prepared.files)
    except FunctionFailedError as error:
        for line in error.lines:
            print(f"    {printable(line)}")
        raise
    except KeyboardInterrupt:
        name = prepared.plan.function
        print(f"not waiting any more; the platform may go on with {name!r}: deploy again to wait")
        raise
