"""What the Docker engine of this machine knows of images and containers, where there is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_TIMEOUT_S = 10


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
            bool((document.get("State") or {}).get("Running")),
            frozenset(filter(None, found)),
            int(published[0].get("HostPort") or 0),
        )


class Engine:
    """The engine that ``DOCKER_HOST`` names, or the local one; silent where there is none."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = dict(environ)

    def image(self, reference: str) -> ImageFacts | None:
        """What it knows of an image; None if it has none of that name, or does not answer."""
        found = self._ask(lambda client: client.inspect_image(reference))
        return ImageFacts.from_inspect(found) if found is not None else None

    def container(self, name: str) -> ContainerFacts | None:
        """What it knows of a container; None as above."""
        found = self._ask(lambda client: client.inspect_container(name))
        return ContainerFacts.from_inspect(found) if found is not None else None

    def _ask(self, question: Any) -> Mapping[str, Any] | None:
        import docker
        import requests
        from docker.utils import kwargs_from_env

        try:
            settings = kwargs_from_env(environment=self._environ)
            client = docker.APIClient(version="1.40", timeout=_TIMEOUT_S, **settings)
        except (docker.errors.DockerException, OSError, ValueError):
            return None
        try:
            answer: Mapping[str, Any] = question(client)
        except (docker.errors.DockerException, requests.RequestException, OSError):
            return None
        finally:
            client.close()
        return answer
