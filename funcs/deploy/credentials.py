"""Whom a dashboard is told we are: the environment, then Docker's files, then a keyring.

Nothing of it is read from function.yaml or funcs.toml, and nothing of it is printed or stored.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from funcs.errors import DeployError

#: The service under which a keyring keeps what is for us.
SERVICE = "funcs"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A name and a password, or a token; nothing of them is nobody."""

    username: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @property
    def authorization(self) -> str:
        """The value of the ``Authorization`` header; empty for nobody."""
        if self.token:
            return f"Bearer {self.token}"
        if not self.username:
            return ""
        pair = f"{self.username}:{self.password}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"


ANONYMOUS = Credentials()


def find_credentials(url: str, environ: Mapping[str, str]) -> Credentials:
    """Those for the dashboard at ``url``: of the first place that knows any.

    Raises:
        DeployError: half of a pair is set, or what is set cannot stand in a header.
    """
    found = _of_environment(environ)
    if found == ANONYMOUS:
        found = _of_docker(urlsplit(url).netloc, environ)
    if found == ANONYMOUS:
        found = _of_keyring(urlsplit(url).netloc)
    if not found.token.isascii() or not found.token.isprintable() or " " in found.token:
        fix = "set it anew, without line breaks and quotes"
        raise DeployError("the token cannot stand in a header", where="FUNCS_TOKEN", fix=fix)
    return found


def _of_environment(environ: Mapping[str, str]) -> Credentials:
    token = environ.get("FUNCS_TOKEN", "").strip()
    username, password = environ.get("FUNCS_USERNAME", ""), environ.get("FUNCS_PASSWORD", "")
    if token:
        return Credentials(token=token)
    if bool(username) != bool(password):
        there, missing = ("USERNAME", "PASSWORD") if username else ("PASSWORD", "USERNAME")
        fix = "set both, or neither"
        raise DeployError(f"FUNCS_{there} is set, FUNCS_{missing} is not", fix=fix)
    return Credentials(username, password)


def _of_docker(host: str, environ: Mapping[str, str]) -> Credentials:
    """What ``docker login HOST`` keeps."""
    from funcs_builder.credentials import DockerConfig

    found = DockerConfig.of(environ).credentials(host)
    return Credentials(found.username, found.password, found.identity_token)


def _of_keyring(host: str) -> Credentials:
    """What ``keyring set funcs HOST`` keeps, where the package keyring is installed: a token."""
    try:
        keyring: Any = import_module("keyring")
    except ImportError:
        return ANONYMOUS
    try:
        return Credentials(token=keyring.get_password(SERVICE, host) or "")
    except keyring.errors.KeyringError:  # no backend on this machine, or it is locked
        return ANONYMOUS
