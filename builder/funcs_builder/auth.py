"""Answers a registry's challenge: Basic, or a Bearer token from the server that it names.

Token flow: distribution's docs/spec/auth/{token,oauth}.md.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from funcs_builder.credentials import Credentials
from funcs_builder.document import Document
from funcs_builder.errors import AuthError, BuildError, RegistryError

__all__ = ["Ask", "Authorizer", "Challenge"]

CLIENT_ID = "funcs"
_PARAMETER = re.compile(r'([a-zA-Z_]+)=(?:"((?:[^"\\]|\\.)*)"|([^,\s]+))')

#: Sends a request to a token server: method, address, query or form, Authorization. Gives the
#: status and the body.
Ask = Callable[[str, str, list[tuple[str, str]], str], tuple[int, bytes]]


class Challenge(NamedTuple):
    """A ``WWW-Authenticate`` header: its scheme in small letters and its parameters."""

    scheme: str
    realm: str = ""
    service: str = ""
    scope: str = ""

    @classmethod
    def parse(cls, header: str) -> Challenge:
        """The challenge in ``header``; an empty scheme where there is none.

        >>> Challenge.parse('Bearer realm="https://a/token",service="r"').realm
        'https://a/token'
        """
        scheme, _, rest = header.strip().partition(" ")
        found = {
            name.lower(): quoted.replace('\\"', '"') or plain
            for name, quoted, plain in _PARAMETER.findall(rest)
        }
        return cls(
            scheme.lower(), found.get("realm", ""), found.get("service", ""), found.get("scope", "")
        )


class Authorizer:
    """Keeps what a registry wants to see in ``Authorization``, per set of scopes.

    ``credentials`` is asked once, and only if the registry wants any. Safe with threads.
    """

    def __init__(self, registry: str, credentials: Callable[[str], Credentials], ask: Ask) -> None:
        self._registry = registry
        self._find = credentials
        self._ask = ask
        self._found: Credentials | None = None
        self._headers: dict[tuple[str, ...], str] = {}
        self._challenge = Challenge("")
        self._lock = threading.Lock()

    def header(self, scopes: tuple[str, ...]) -> str:
        """What is known to be wanted for these scopes; empty if nothing yet."""
        with self._lock:
            if scopes not in self._headers and self._challenge.scheme:
                self._answer(scopes)
            return self._headers.get(scopes, "")

    def learn(self, challenge: Challenge, scopes: tuple[str, ...], refused: str) -> str:
        """The header that answers a 401; ``refused`` is the one that was sent.

        Raises:
            AuthError: there is no other to send.
        """
        with self._lock:
            known = self._headers.get(scopes, "")
            if known and known != refused:  # another thread has been here
                return known
            self._challenge = challenge
            self._headers.pop(scopes, None)
            self._answer(scopes)
            if self._headers.get(scopes, "") == refused:
                raise self._refusal("it does not take the credentials it was given")
            return self._headers.get(scopes, "")

    def _answer(self, scopes: tuple[str, ...]) -> None:
        if self._challenge.scheme == "basic":
            found = self._credentials()
            if not found.username:
                raise self._refusal("it wants a name and a password")
            self._headers[scopes] = found.basic()
        elif self._challenge.scheme == "bearer":
            self._headers[scopes] = f"Bearer {self._token(scopes)}"
        else:
            raise self._refusal(f"it wants {self._challenge.scheme or 'nothing we know'!r}")

    def _token(self, scopes: tuple[str, ...]) -> str:
        """A token for the scopes, from the server that the challenge names."""
        challenge, found = self._challenge, self._credentials()
        realm = urlsplit(challenge.realm)
        if realm.scheme not in ("http", "https") or not realm.netloc:
            raise self._refusal(f"it names no token server: {challenge.realm!r}")
        wanted = scopes or tuple(challenge.scope.split())
        if found.identity_token:
            form = [
                ("grant_type", "refresh_token"),
                ("refresh_token", found.identity_token),
                ("service", challenge.service),
                ("client_id", CLIENT_ID),
                ("scope", " ".join(wanted)),
            ]
            status, body = self._ask("POST", challenge.realm, form, "")
        else:
            query = [("service", challenge.service)] if challenge.service else []
            query += [("scope", scope) for scope in wanted]
            header = found.basic() if found.username else ""
            status, body = self._ask("GET", challenge.realm, query, header)
        return self._token_in(status, body, realm.netloc)

    def _token_in(self, status: int, body: bytes, server: str) -> str:
        if status in (400, 401, 403):
            raise self._refusal(f"its token server {server} answers {status}")
        if status != 200:
            raise RegistryError(
                f"could not get a token from {server}: {status}", status=status, fix="try again"
            )
        try:
            document = Document.of(body, f"the token of {server}")
            token = document.text("token", "") or document.text("access_token", "")
        except BuildError as error:
            raise self._refusal(f"its token server {server} gives no token") from error
        if not token or not token.isascii() or not token.isprintable():
            raise self._refusal(f"its token server {server} gives no token")
        return token

    def _credentials(self) -> Credentials:
        if self._found is None:
            self._found = self._find(self._registry)
        return self._found

    def _refusal(self, why: str) -> AuthError:
        fix = f"docker login {self._registry}"
        return AuthError(f"could not log in to {self._registry}: {why}", status=401, fix=fix)
