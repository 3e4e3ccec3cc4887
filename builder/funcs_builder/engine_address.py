"""Where the Docker engine is that a person means."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from funcs_builder.credentials import DockerConfig
from funcs_builder.document import Document
from funcs_builder.errors import BuildError, EngineError

__all__ = ["engine_address"]

_DEFAULT = "unix:///var/run/docker.sock"


def engine_address(environ: Mapping[str, str]) -> str:
    """The address in ``DOCKER_HOST``, else in ``docker context``, else this machine's socket.

    A socket file's is from the root: what is relative the ``docker`` package takes for that.

    Raises:
        EngineError: the context cannot be read.
    """
    found = environ.get("DOCKER_HOST") or _context_host(environ) or _DEFAULT
    scheme, _, path = found.partition("://")
    return f"unix://{Path(path).absolute()}" if scheme == "unix" and path else found


def _context_host(environ: Mapping[str, str]) -> str:
    """The address in ``docker context``; empty for the default one."""
    name = environ.get("DOCKER_CONTEXT") or ""
    home = environ.get("DOCKER_CONFIG") or str(Path(environ.get("HOME") or "~", ".docker"))
    if not name:
        name = DockerConfig.of(environ).document.text("currentContext", "")
    if name in ("", "default"):
        return ""
    key = hashlib.sha256(name.encode()).hexdigest()
    path = Path(home).expanduser() / "contexts" / "meta" / key / "meta.json"
    try:
        document = Document.of(path.read_bytes(), str(path))
        return document.child("Endpoints").child("docker").text("Host", "")
    except (OSError, BuildError) as error:
        fix = "docker context use default"
        raise EngineError(f"docker context {name!r} cannot be read", fix=fix) from error
