"""How registries are reached: credentials, certificates, proxies, how often to try again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from funcs_builder.credentials import ANONYMOUS, Credentials, DockerConfig

__all__ = ["Access", "Retry", "is_loopback"]

_CERTIFICATES = Path("/etc/docker/certs.d")
_BUNDLE_NAMES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


class Retry(NamedTuple):
    """How often to try, and how long to wait in between: ``first_s``, then twice as long each."""

    attempts: int = 5
    first_s: float = 0.25
    longest_s: float = 30.0

    def wait_s(self, attempt: int, asked_s: float | None = None) -> float:
        """Before attempt number ``attempt`` + 1; a server may have asked for longer."""
        return min(self.longest_s, max(asked_s or 0.0, self.first_s * 2.0**attempt))


class Access(NamedTuple):
    """What the client of a registry is given; an entry point makes it of its environment.

    ``insecure`` names hosts that may speak plain HTTP or show any certificate; loopback may always
    speak plain HTTP. ``ca_file`` is a bundle to trust instead of the default one.
    """

    docker_config: DockerConfig | None = None
    insecure: frozenset[str] = frozenset()
    ca_file: str = ""
    proxies: Mapping[str, str] = MappingProxyType({})
    no_proxy: str = ""
    retry: Retry = Retry()

    @classmethod
    def of(cls, environ: Mapping[str, str], *, insecure: frozenset[str] = frozenset()) -> Access:
        """As the environment says: Docker's config, proxies, a bundle of certificates.

        Raises:
            BuildError: Docker's config is no JSON object.
        """
        bundles = (environ[name] for name in _BUNDLE_NAMES if environ.get(name))
        proxies = {
            scheme: value
            for scheme in ("http", "https")
            for name in (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
            if (value := environ.get(name))
        }
        no_proxy = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
        config = DockerConfig.of(environ)
        return cls(config, insecure, next(bundles, ""), proxies, no_proxy)

    def credentials(self, registry: str) -> Credentials:
        """Those for a registry's host.

        Raises:
            AuthError: the helper that should know them fails.
        """
        return self.docker_config.credentials(registry) if self.docker_config else ANONYMOUS

    def verify(self, registry: str) -> bool | str:
        """What ``requests`` is to check a certificate by."""
        if registry in self.insecure:
            return False
        own = _CERTIFICATES / registry / "ca.crt"
        return str(own) if own.exists() else self.ca_file or True

    def proxies_for(self, registry: str) -> dict[str, str]:
        """The proxies on the way to a registry; none to this machine itself."""
        is_direct = is_loopback(registry) or _is_listed(registry, self.no_proxy)
        return {} if is_direct else dict(self.proxies)


def is_loopback(registry: str) -> bool:
    """Whether a registry's host is this machine itself.

    >>> is_loopback("127.0.0.1:5000"), is_loopback("localhost"), is_loopback("ghcr.io")
    (True, True, False)
    """
    host = _host(registry)
    if host == "localhost" or host.endswith(".localhost"):
        return True
    import ipaddress

    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _host(registry: str) -> str:
    """The host without its port."""
    host, colon, port = registry.rpartition(":")
    return host if colon and port.isdecimal() else registry


def _is_listed(registry: str, no_proxy: str) -> bool:
    """Whether ``no_proxy`` names the host, its port too, or a domain it is in."""
    names = {registry, _host(registry)}
    listed = [entry.strip().removeprefix("*").lstrip(".") for entry in no_proxy.split(",")]
    return "*" in no_proxy.split(",") or any(
        name == entry or name.endswith(f".{entry}") for entry in listed if entry for name in names
    )
