"""What the Docker engine of this machine knows of images and containers, where there is one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from funcs.errors import DeployError

if TYPE_CHECKING:
    from funcs_builder.engine import Engine as DockerEngine


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """An image that the engine has: its id, and whether it says how it is asked for health."""

    id: str
    has_healthcheck: bool

    @classmethod
    def from_inspect(cls, document: Mapping[str, Any]) -> ImageFacts:
        """Of what ``docker image inspect`` says of it."""
        check = (document.get("Config") or {}).get("Healthcheck") or {}
        test = check.get("Test") or ["NONE"]
        return cls(str(document.get("Id", "")), test[0] != "NONE")


@dataclass(frozen=True, slots=True)
class ContainerFacts:
    """A container: whether it runs, its addresses, and the host's port for its port 8080."""

    is_running: bool
    addresses: frozenset[str]
    port: int

    @classmethod
    def from_inspect(cls, document: Mapping[str, Any]) -> ContainerFacts:
        """Of what ``docker inspect`` says of it."""
        settings = document.get("NetworkSettings") or {}
        networks = (settings.get("Networks") or {}).values()
        found = [settings.get("IPAddress"), *(each.get("IPAddress") for each in networks)]
        published = (settings.get("Ports") or {}).get("8080/tcp") or [{}]
        return cls(
            (document.get("State") or {}).get("Status") == "running",
            frozenset(filter(None, found)),
            int(published[0].get("HostPort") or 0),
        )


class Engine:
    """The engine that ``DOCKER_HOST`` names, or the local one; silent where there is none.

    ``is_kept``: one connection serves all questions, until `close`. One that does not answer is
    not asked again.
    """

    def __init__(self, environ: Mapping[str, str], *, is_kept: bool = False) -> None:
        self._environ = dict(environ)
        self._is_kept = is_kept
        self._is_silent = False
        self._connection: DockerEngine | None = None

    def close(self) -> None:
        """Give the connection back that was kept."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def image(self, reference: str) -> ImageFacts | None:
        """What it knows of an image; None if it has none of that name, or does not answer."""
        found = self._ask(lambda engine: engine.inspect_image(reference))
        return ImageFacts.from_inspect(found) if found else None

    def container(self, name: str) -> ContainerFacts | None:
        """What it knows of a container; None as above."""
        found = self._ask(lambda engine: engine.inspect_container(name))
        return ContainerFacts.from_inspect(found) if found else None

    def tag(self, image_id: str, name: str) -> None:
        """Call an image by one more name.

        Raises:
            DeployError: it has no such image.
            EngineError: it does not answer.
        """
        from funcs_builder.engine import Engine as DockerEngine

        with contextlib.closing(DockerEngine.connect(self._environ)) as engine:
            if not engine.image_id(image_id):
                what = f"the image {name!r} ({image_id[:19]}) is gone from the Docker engine"
                fix = "build that version again, and deploy it"
                raise DeployError(what, where=engine.where, fix=fix)
            repository, _, tag = name.rpartition(":")
            engine.tag(image_id, repository, tag)

    def _ask(self, question: Callable[[DockerEngine], Mapping[str, Any]]) -> Mapping[str, Any]:
        from funcs_builder.engine import Engine as DockerEngine
        from funcs_builder.errors import BuildError

        if self._is_silent:
            return {}
        try:
            self._connection = self._connection or DockerEngine.connect(self._environ)
        except BuildError:
            self._is_silent = True
            return {}
        try:
            return question(self._connection)
        except BuildError:
            return {}
        finally:
            if not self._is_kept:
                self.close()
