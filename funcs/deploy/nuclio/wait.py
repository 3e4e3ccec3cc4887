"""Waits until a dashboard is done with a function, and passes its log on as it grows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from funcs.deploy.errors import DashboardError, UnreachableError
from funcs.deploy.nuclio.call import Call
from funcs.deploy.nuclio.calls import FindGateway, GetFunction
from funcs.deploy.nuclio.dashboard import Dashboard
from funcs.deploy.nuclio.status import DeployLog, Function
from funcs.deploy.progress import Progress
from funcs.errors import DeployError

T = TypeVar("T")

#: Of a log line's fields, those that a person waits for.
_TOLD = ("taggedImageName", "image", "externalInvocationURLs")
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited, and how often is asked.

    ``outage_s`` is how long a dashboard may not answer at all before that is an error.
    """

    deploy_s: float = 300.0
    poll_s: float = 1.0
    outage_s: float = 30.0


class Waiter:
    """Asks a dashboard again and again, the way its own page does."""

    def __init__(
        self,
        dashboard: Dashboard,
        progress: Progress,
        patience: Patience,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._dashboard = dashboard
        self._progress = progress
        self._patience = patience
        self._clock = clock
        self._sleep = sleep

    def settled(self, name: str, namespace: str) -> Function:
        """The function, once no deploy of it goes on any more, whatever came of it.

        Raises:
            DeployError: it takes too long, or was deleted meanwhile.
            UnreachableError: the dashboard does not answer any more.
        """
        start = self._clock()
        told = 0
        while True:
            function = self.look(name, namespace)
            if function is None:
                what = f"function {name!r} was deleted while it was deployed"
                raise DeployError(what, where=self._dashboard.url)
            told = self._tell(function.logs, told)
            if function.is_settled:
                return function
            waited_s = self._clock() - start
            if waited_s > self._patience.deploy_s:
                raise _stuck(function, waited_s, self._dashboard.url)
            self._sleep(self._patience.poll_s)

    def look(self, name: str, namespace: str) -> Function | None:
        """The function, over a line that may be cut and a proxy that may be restarted.

        Raises:
            UnreachableError: the dashboard does not answer any more.
        """
        return self._ask(GetFunction(name, namespace))

    def gateway(self, name: str, namespace: str) -> None:
        """Wait until an API gateway is set.

        Raises:
            DeployError: it cannot be set, takes too long, or was deleted meanwhile.
            UnreachableError: the dashboard does not answer any more.
        """
        start = self._clock()
        while True:
            found = self._ask(FindGateway(name, namespace))
            if found is not None and not (found.is_going_on or found.has_failed):
                return
            state = found.state if found is not None else "deleted"
            waited_s = self._clock() - start
            if found is None or found.has_failed or waited_s > self._patience.deploy_s:
                why = f": {found.message}" if found is not None and found.message else ""
                what = f"API gateway {name!r} is in state {state!r} after {waited_s:.0f} s{why}"
                fix = "the function is deployed; set the gateway right, and do the same again"
                raise DeployError(what, where=self._dashboard.url, fix=fix)
            self._sleep(self._patience.poll_s)

    def _ask(self, call: Call[T]) -> T:
        since: float | None = None  # a first answer that does not come has taken its time already
        while True:
            try:
                return self._dashboard.send(call)
            except (UnreachableError, DashboardError) as error:
                if isinstance(error, DashboardError) and error.status not in _PASSING:
                    raise
                now = self._clock()
                if since is None:
                    self._progress.step(f"{error.what}; asking again")
                    since = now
                if now - since > self._patience.outage_s:
                    raise _gone(error, self._dashboard.url) from error
            self._sleep(self._patience.poll_s)

    def _tell(self, logs: tuple[DeployLog, ...], told: int) -> int:
        """Pass on the lines that are new; each answer holds the whole log again."""
        if len(logs) < told:  # another deploy began, or the dashboard forgot its log
            told = 0
        for line in logs[told:]:
            self._progress.platform(line.level, _sentence(line))
        return len(logs)


def _sentence(line: DeployLog) -> str:
    """The message, with what of its fields a person waits for."""
    told = [line.fields[key] for key in _TOLD if line.fields.get(key)]
    texts = [str(text) for each in told for text in (each if isinstance(each, list) else [each])]
    words = ", ".join(text for text in texts if not text.endswith(":-1"))  # of one that is stopped
    return f"{line.message}: {words}" if words else line.message


def _stuck(function: Function, waited_s: float, url: str) -> DeployError:
    name, state = function.name, function.state or "no state"
    fix = (
        f"wait longer (--timeout), or look: funcs describe {name}; if it stays so, free it with "
        f"funcs delete {name} --force, and look into the dashboard's own log"
    )
    what = f"function {name!r} is still in state {state!r} after {waited_s:.0f} s"
    return DeployError(what, where=url, fix=fix)


def _gone(error: DeployError, url: str) -> UnreachableError:
    fix = (
        "see whether it runs: an image without HEALTHCHECK ends it, and the function stays "
        "'building' until funcs delete NAME --force"
    )
    what = f"the dashboard does not answer any more: {error.what}"
    return UnreachableError(what, where=url, fix=fix)
