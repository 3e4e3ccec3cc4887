"""Waits until a cluster has done what it was told, and tells at once what is in the way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from funcs.deploy.errors import FunctionFailedError, UnreachableError
from funcs.deploy.failure import failure
from funcs.deploy.kubernetes.kubectl import ForbiddenError, Kubectl
from funcs.deploy.kubernetes.names import FUNCTION_LABEL, resource_name
from funcs.deploy.kubernetes.rollout import Resource, Rollout, obstacles, part, stopped
from funcs.deploy.nuclio.status import FAILED, SETTLED
from funcs.deploy.platform import Session
from funcs.errors import DeployError

T = TypeVar("T")

#: Nuclio's own kind of resource.
NUCLIO_FUNCTIONS = "nucliofunctions.nuclio.io"
#: How long a cluster may not answer at all before that is an error.
_OUTAGE_S = 30.0
#: A question takes kubectl a tenth of a second of CPU.
_FIRST_POLL_S, _LAST_POLL_S = 0.1, 5.0


class Waiter:
    """Asks a cluster again and again, less and less often."""

    def __init__(self, kubectl: Kubectl, session: Session) -> None:
        self._kubectl = kubectl
        self._session = session
        self._told: set[str] = set()

    def pods(self, name: str) -> None:
        """Wait until a function's Deployment has its new pods.

        Raises:
            FunctionFailedError: it gets none that are ready, or not in time.
            DeployError: it was deleted meanwhile, or nobody may look at it.
        """
        self._session.progress.step(f"waiting for the pods of {name!r}")
        for is_last in self._turns():
            rollout = self._patiently(lambda: self._rollout(name))
            for reason in rollout.reasons:
                self._tell(reason)
            if rollout.is_done:
                return
            if rollout.is_hopeless or is_last:
                late = [] if rollout.reasons else [self._late()]
                log = self._log(*rollout.broken) if rollout.broken else ""
                raise self._failure(name, [*rollout.reasons, *late], log)

    def controller(self, name: str) -> None:
        """Wait until Nuclio's controller has taken a function up.

        Raises:
            FunctionFailedError: the function does not run.
            DeployError: the controller does not take it up in time.
        """
        self._session.progress.step(f"waiting for Nuclio's controller to take up {name!r}")
        for is_last in self._turns():
            found = self._patiently(lambda: self._kubectl.get(NUCLIO_FUNCTIONS, name))
            status = part(found or {}, "status")
            if status.get("state") in FAILED:
                pods = self.of_function(name)
                broken = next((each for pod in pods for each in stopped(pod)), None)
                why = [text for pod in pods for text in obstacles(pod)]
                log = self._log(*broken) if broken else ""
                raise self._failure(name, [*why, str(status.get("message", ""))], log)
            if status.get("state") in SETTLED:
                return
            if is_last:
                fix = f"is Nuclio's controller running? kubectl describe {NUCLIO_FUNCTIONS} {name}"
                state = status.get("state")
                raise DeployError(f"function {name!r} is still in state {state!r}", fix=fix)

    def of_function(self, name: str) -> Sequence[Resource]:
        """A function's pods; none where who asks may not see them."""
        try:
            return self._kubectl.list("pods", f"{FUNCTION_LABEL}={name}")
        except ForbiddenError as error:
            self._tell(error.what)
            return ()

    def _rollout(self, name: str) -> Rollout:
        deployment = self._kubectl.get("deployment", resource_name(name))
        if deployment is None:
            raise DeployError(f"function {name!r} was deleted while it was deployed")
        done = Rollout.of(deployment, ())
        return done if done.is_done else Rollout.of(deployment, self.of_function(name))

    def _turns(self) -> Iterator[bool]:
        """One after the other, with pauses between; whether it is the last one."""
        began, pause_s = time.monotonic(), _FIRST_POLL_S
        while True:
            waited_s = time.monotonic() - began
            left_s = self._session.timeout_s - waited_s
            yield left_s <= 0
            most_s = max(self._session.poll_s, min(waited_s / 10, _LAST_POLL_S))
            time.sleep(max(0.0, min(pause_s, most_s, left_s)))
            pause_s *= 2

    def _patiently(self, ask: Callable[[], T]) -> T:
        """An answer, of a cluster whose server may be restarted meanwhile."""
        deadline = time.monotonic() + min(_OUTAGE_S, self._session.timeout_s)
        while True:
            try:
                return ask()
            except UnreachableError as error:
                if time.monotonic() > deadline:
                    fix = f"{error.fix}; what was sent stays there: deploy again to wait again"
                    raise UnreachableError(error.what, where=error.where, fix=fix) from None
                self._tell(f"{error.what}; asking again")
            time.sleep(self._session.poll_s)

    def _tell(self, sentence: str) -> None:
        """Say it once, on a line."""
        line = " ".join(sentence.split())
        if line not in self._told:
            self._told.add(line)
            self._session.progress.platform("warn", line)

    def _late(self) -> str:
        return f"it was not healthy in time ({self._session.timeout_s:.0f} s)"

    def _failure(self, name: str, reasons: Sequence[str], log: str) -> FunctionFailedError:
        return failure(name, "\n".join(filter(None, reasons)), log, self._session.folder)

    def _log(self, pod: str, container: str) -> str:
        """What a container printed, before it ended too, as far as it has started."""
        said = ""
        for previous in (True, False):
            try:
                said += self._kubectl.log_of(pod, container, previous=previous)
            except DeployError:
                continue
        return said
