"""Whom a registry is told we are: Docker's config.json and the helpers that it names.

Nothing of it is ever printed, cached or written into an image.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from funcs_builder.document import Document
from funcs_builder.errors import AuthError, BuildError
from funcs_builder.reference import DOCKER_HUB

__all__ = ["ANONYMOUS", "Credentials", "DockerConfig"]

HELPER_TIMEOUT_S = 30
_HUB_KEYS = ("https://index.docker.io/v1/", "index.docker.io", DOCKER_HUB)
_HELPER_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_TOKEN_USER = "<token>"  # a helper's way to say that the secret is no password
_NOT_FOUND = "credentials not found"


class Credentials(NamedTuple):
    """A name and a password, or a token that stands for a person (``identity_token``)."""

    username: str = ""
    password: str = ""
    identity_token: str = ""

    def __repr__(self) -> str:
        return f"Credentials(username={self.username!r})"  # a secret is nobody's to read

    @property
    def are_there(self) -> bool:
        """Whether they are more than nobody's."""
        return bool(self.username or self.identity_token)

    def basic(self) -> str:
        """The value of a Basic ``Authorization`` header."""
        import base64  # most builds ask no registry

        pair = f"{self.username}:{self.password}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"


ANONYMOUS = Credentials()


class DockerConfig(NamedTuple):
    """What ``docker login`` keeps: ``auths``, ``credHelpers``, ``credsStore``.

    ``search_path`` is where helper programs are looked for, as ``PATH`` is written.
    """

    document: Document
    search_path: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> DockerConfig:
        """The person's own: ``$DOCKER_CONFIG/config.json``, or the one in ``~/.docker``.

        Raises:
            BuildError: it is there and is no JSON object.
        """
        home = environ.get("DOCKER_CONFIG") or str(Path(environ.get("HOME") or "~", ".docker"))
        path = Path(home).expanduser() / "config.json"
        try:
            document = Document.of(path.read_bytes(), str(path))
        except OSError:
            document = Document({}, str(path))
        return cls(document, environ.get("PATH", ""))

    def credentials(self, registry: str) -> Credentials:
        """Those for a registry's host; `ANONYMOUS` where there are none.

        Raises:
            AuthError: the helper that should know them fails.
        """
        keys = _HUB_KEYS if registry == DOCKER_HUB else (registry,)
        helpers = self.document.texts("credHelpers")
        for key in keys:
            if key in helpers:
                return self._ask(helpers[key], key)
        store = self.document.text("credsStore", "")
        if store and (found := self._ask(store, keys[0])).are_there:
            return found
        return self._written(keys)

    def _written(self, keys: tuple[str, ...]) -> Credentials:
        auths = self.document.child("auths")
        hosts = {_host(key): key for key in auths.fields}
        for key in keys:
            if (name := hosts.get(_host(key))) is not None:
                return self._decoded(auths.child(name))
        return ANONYMOUS

    def _decoded(self, auth: Document) -> Credentials:
        import base64

        username, password = auth.text("username", ""), auth.text("password", "")
        if encoded := auth.text("auth", ""):
            try:
                pair = base64.b64decode(encoded, validate=True).decode()
            except ValueError as error:  # of base64, or of UTF-8
                fix = "docker login again"
                raise AuthError(f"{auth.what}: 'auth' cannot be decoded", fix=fix) from error
            username, _, password = pair.partition(":")
        return Credentials(username, password, auth.text("identitytoken", ""))

    def _ask(self, helper: str, key: str) -> Credentials:
        """What the program ``docker-credential-<helper>`` knows."""
        import shutil
        import subprocess

        name = f"docker-credential-{helper}"
        program = shutil.which(name, path=self.search_path)
        if not _HELPER_NAME.fullmatch(helper) or program is None:
            fix = f"install it, or take it out of {self.document.what}"
            raise AuthError(f"the credential helper {name!r} is not on PATH", fix=fix)
        try:
            done = subprocess.run(
                [program, "get"],
                input=key.encode(),
                capture_output=True,
                timeout=HELPER_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise AuthError(f"the credential helper {name!r} failed: {error}") from error
        said = (done.stdout + done.stderr).decode(errors="replace").strip()
        if done.returncode:
            if _NOT_FOUND in said:
                return ANONYMOUS
            fix = f"try: echo {key} | {name} get"
            raise AuthError(f"the credential helper {name!r} failed: {said[:200]}", fix=fix)
        return _from_helper(done.stdout, name)


def _from_helper(data: bytes, name: str) -> Credentials:
    try:
        found = Document.of(data, name)
        username, secret = found.text("Username"), found.text("Secret")
    except BuildError as error:  # its words may hold the secret
        raise AuthError(f"the credential helper {name!r} gave no credentials") from error
    if username == _TOKEN_USER:
        return Credentials(identity_token=secret)
    return Credentials(username, secret)


def _host(key: str) -> str:
    """The host in a key of ``auths``: some are addresses, as ``https://host/v1/``."""
    return key.removeprefix("https://").removeprefix("http://").partition("/")[0]
