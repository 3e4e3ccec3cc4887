"""What every platform can do with functions, and which client does it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from funcs.deploy.errors import nothing_there
from funcs.deploy.guards import Surroundings
from funcs.deploy.progress import Progress
from funcs.deploy.target import Target
from funcs.errors import DeployError, FuncsError

if TYPE_CHECKING:
    from funcs.deploy.deployed import Deployed, Outcome
    from funcs.deploy.plan import DeployPlan
    from funcs.emulator.answer import Answer

_CLIENTS = {
    "nuclio": "funcs.deploy.nuclio.platform:NuclioPlatform",
    "kube": "funcs.deploy.kubernetes.platform:KubernetesPlatform",
    "docker": "funcs.deploy.docker.platform:DockerPlatform",
}


@dataclass(frozen=True, slots=True)
class Session:
    """What a client is given: where, who hears of it, for how long, and the environment.

    ``folder`` is the function's, to name the lines of its files.
    """

    target: Target
    progress: Progress
    environ: Mapping[str, str]
    folder: Path
    timeout_s: float = 300.0
    poll_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a deployed function; ``path`` may hold a query."""

    method: str
    path: str
    headers: Sequence[tuple[str, str]] = ()
    body: bytes | None = None
    timeout_s: float = 60.0


class Platform(Protocol):
    """A client of one platform. Every method may raise DeployError."""

    def surroundings(self, image: str) -> Surroundings:
        """What is known of the platform and of an image before anything is sent."""

    def apply(self, plan: DeployPlan, files: Mapping[str, bytes]) -> Outcome:
        """Carry a plan out and wait, unless all of it is so already."""

    def functions(self, project: str) -> tuple[Deployed, ...]:
        """All functions of the namespace, or those of one project."""

    def function(self, name: str) -> Deployed | None:
        """One function; None where there is none."""

    def logs(self, name: str, *, tail: int, since: str, follow: bool) -> Iterator[str]:
        """What a function's replicas wrote, piece by piece."""

    def delete(self, name: str, *, force: bool) -> None:
        """Remove a function; one that is not there too."""

    def enable(self, name: str, *, on: bool) -> Deployed:
        """Start a function that was stopped, or stop one."""

    def call(self, name: str, request: Request, *, is_direct: bool) -> Answer:
        """What a function answers: through the platform, or at its own address."""

    def close(self) -> None:
        """Give connections back."""


def platform_of(session: Session) -> Platform:
    """The client for the session's target.

    Raises:
        FuncsError: the platform cannot be reached at all.
    """
    module, _, attribute = _CLIENTS[session.target.platform].partition(":")
    client: Platform = getattr(import_module(module), attribute)(session)
    return client


def missing(platform: Platform, name: str, target: Target) -> DeployError:
    """The error for a function that a platform does not have, with what it may have been meant."""
    from funcs_builder.errors import BuildError

    known: list[str] = []
    with suppress(FuncsError, BuildError):
        known = [each.name for each in platform.functions("")]
    return nothing_there(name, target.namespace, target.url, known)
