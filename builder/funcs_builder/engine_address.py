"""Where the Docker engine is that a person means, and what secures the line to it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from funcs_builder.credentials import DockerConfig
from funcs_builder.document import Document
from funcs_builder.errors import BuildError, EngineError

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["Certificates", "EngineAddress"]

_DEFAULT = "unix:///var/run/docker.sock"
#: A build of many steps, or a large image, says nothing for a while.
_TIMEOUT_S = 600


class Certificates(NamedTuple):
    """Files of PEM: whom the engine is to be signed by, and what it is shown; empty for none."""

    authority: str = ""
    own: str = ""
    key: str = ""
    verifies: bool = True

    @classmethod
    def of(cls, folder: Path, *, verifies: bool) -> Certificates:
        """Those that a folder holds under the names that ``docker`` gives them.

        Raises:
            EngineError: a certificate is without its key, or a key without its certificate.
        """
        authority, own, key = (
            str(folder / name) if (folder / name).is_file() else ""
            for name in ("ca.pem", "cert.pem", "key.pem")
        )
        if bool(own) != bool(key):
            there, missing = ("cert.pem", "key.pem") if own else ("key.pem", "cert.pem")
            fix = "put it there: the engine is shown both, or neither"
            raise EngineError(f"{there} has no {missing} beside it", where=str(folder), fix=fix)
        return cls(authority, own, key, verifies)


class EngineAddress(NamedTuple):
    """The address, and the certificates where the line is one of TLS."""

    where: str
    certificates: Certificates | None = None

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> EngineAddress:
        """That of ``DOCKER_HOST``, else of ``docker context``, else this machine's socket.

        A socket file's is from the root: what is relative the ``docker`` package takes for that.

        Raises:
            EngineError: the context cannot be read, or half of a certificate is missing.
        """
        said = environ.get("DOCKER_HOST", "")
        found = cls(said, _of_environ(said, environ)) if said else _of_context(environ)
        scheme, _, path = found.where.partition("://")
        is_file = scheme == "unix" and bool(path)
        return found._replace(where=f"unix://{Path(path).absolute()}") if is_file else found

    @property
    def is_usual(self) -> bool:
        """Whether it is the one that nobody needs to name."""
        return self.where == _DEFAULT

    def client(self) -> DockerClient:
        """The ``docker`` package's client for it.

        Raises:
            ImportError: the package is not installed.
            DockerException: nobody answers, or a file of PEM cannot be read.
            ValueError: the address has a port that no machine has.
        """
        import docker  # 100 ms, which nobody waits for whose engine need not build or run

        tls = _tls(self.certificates, self.where) if self.certificates is not None else False
        return docker.DockerClient(self.where, tls=tls, timeout=_TIMEOUT_S)


def _tls(certificates: Certificates, where: str) -> Any:
    """They alone decide: by itself requests prefers the authorities of ``REQUESTS_CA_BUNDLE``."""
    import urllib3
    from docker import TLSConfig
    from requests.utils import get_environ_proxies

    class Strict(TLSConfig):
        def configure_client(self, client: Any) -> None:
            super().configure_client(client)
            client.trust_env = False
            client.proxies = get_environ_proxies(where.replace("tcp://", "https://"))

    if not certificates.verifies:  # asked for once; no need to be told at every request
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    own = (certificates.own, certificates.key) if certificates.own else None
    return Strict(own, certificates.authority or None, verify=certificates.verifies)


def _of_environ(where: str, environ: Mapping[str, str]) -> Certificates | None:
    """Those of ``DOCKER_CERT_PATH``; the engine is verified where ``DOCKER_TLS_VERIFY`` is set."""
    verifies, folder = environ.get("DOCKER_TLS_VERIFY", ""), environ.get("DOCKER_CERT_PATH", "")
    if where.startswith("unix:") or not (verifies or folder):
        return None
    return Certificates.of(Path(folder) if folder else _home(environ), verifies=bool(verifies))


def _of_context(environ: Mapping[str, str]) -> EngineAddress:
    """The address in ``docker context``; this machine's for the default one."""
    name = environ.get("DOCKER_CONTEXT") or ""
    if not name:
        name = DockerConfig.of(environ).document.text("currentContext", "")
    if name in ("", "default"):
        return EngineAddress(_DEFAULT)
    folder = _home(environ) / "contexts"
    key = hashlib.sha256(name.encode()).hexdigest()
    path = folder / "meta" / key / "meta.json"
    try:
        document = Document.of(path.read_bytes(), str(path)).child("Endpoints").child("docker")
        where = document.text("Host", "") or _DEFAULT
    except (OSError, BuildError) as error:
        fix = "docker context use default"
        raise EngineError(f"docker context {name!r} cannot be read", fix=fix) from error
    verifies = document.fields.get("SkipTLSVerify") is not True
    held = Certificates.of(folder / "tls" / key / "docker", verifies=verifies)
    is_plain = where.startswith("unix:") or held == Certificates()
    return EngineAddress(where, None if is_plain else held)


def _home(environ: Mapping[str, str]) -> Path:
    """The folder of ``docker``'s own files."""
    said = environ.get("DOCKER_CONFIG") or str(Path(environ.get("HOME") or "~", ".docker"))
    return Path(said).expanduser()
