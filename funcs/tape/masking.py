"""Keeps secrets out of a tape: headers, keys of JSON and fields of forms, by a list of names.

Names are the same in any case and with or without ``-`` and ``_``: ``access_token`` is
``accessToken``.
"""

from __future__ import annotations

import json
import re

from funcs.tape.form import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

#: Headers whose values are secrets or stand for a person.
HEADERS = (
    "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key",
    "x-auth-token", "x-access-token", "x-csrf-token", "x-amz-security-token", "x-goog-api-key",
    "x-v3io-session-key",
)  # fmt: skip
#: Keys of JSON bodies and log records, fields of forms and queries.
KEYS = (
    "password", "passwd", "passphrase", "secret", "client_secret", "secret_key",
    "secret_access_key", "access_token", "refresh_token", "id_token", "session_token",
    "auth_token", "api_key", "authorization", "credentials", "private_key",
)  # fmt: skip
#: None of the keys is in a text that has none of these: one quick look at most bodies is enough.
_STEMS = (b"pass", b"secret", b"token", b"key", b"authorization", b"credential")
#: Only in a query: in a body they are mostly something else, a language model's tokens.
_QUERY_KEYS = ("token", "key", "sig", "signature")
_MOST_NAMES = 1024
#: In JSON a search from quote to quote is the quicker one, as long as they are few.
_JSON = (b"{", b"[")
_FEW_QUOTES = 16


class Masking:
    """Masks what the two lists name, and ``names`` beside them."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        self.names = (*HEADERS, *KEYS, *names)
        self._headers = set(map(_plain, (*HEADERS, *names)))
        self._keys = set(map(_plain, (*KEYS, *names)))
        self._fields = self._keys | set(_QUERY_KEYS)
        self._stems = (*_STEMS, *map(_stem, names))
        names = sorted((*KEYS, *names), key=len, reverse=True)
        words = b"|".join(map(_pattern, names))
        self._find_key = re.compile(rb'(?i)"(?:%b)"' % words).search
        # A name, what separates it from its value, and the value: of JSON that is cut off, YAML…
        self._loose = re.compile(
            rb"""(?i)(["']?\b(?:%b)["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s&,;}\]]+)"""
            % words
        )
        self._known: dict[str, bool] = {}

    def hides_header(self, name: str) -> bool:
        """Whether the header's value is not to be kept."""
        hidden = self._known.get(name)
        if hidden is None:
            hidden = _plain(name) in self._headers
            if len(self._known) < _MOST_NAMES:
                self._known[name] = hidden
        return hidden

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers with the secret ones masked."""
        hides = self.hides_header
        return {name: MASK if hides(name) else value for name, value in headers.items()}

    def fields(self, fields: Mapping[str, str]) -> dict[str, str]:
        """The fields of a query likewise."""
        return {
            name: MASK if _plain(name) in self._fields else value for name, value in fields.items()
        }

    def body(self, body: bytes) -> bytes:
        """The body with the values of secret keys masked; as it came where there are none."""
        if body[:1] in _JSON and body.count(b'"') <= _FEW_QUOTES:
            return self._masked(body) if self._find_key(body) else body
        if b":" not in body and b"=" not in body:
            return body
        lowered = body.lower()
        for stem in self._stems:
            if stem in lowered:
                return self._masked(body)
        return body

    def value(self, value: Any) -> Any:
        """Decoded JSON likewise."""
        if isinstance(value, dict):
            return {
                key: MASK if _plain(str(key)) in self._keys else self.value(item)
                for key, item in value.items()
            }
        return [self.value(item) for item in value] if isinstance(value, list) else value

    def _masked(self, body: bytes) -> bytes:
        try:
            value = json.loads(body)
            masked = self.value(value)
        except (ValueError, RecursionError):
            return self._loose.sub(rb"\g<1>" + MASK.encode(), body)
        return body if masked == value else json.dumps(masked).encode()


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")


def _stem(name: str) -> bytes:
    """What the name cannot be there without, however it is spelled."""
    longest = max(re.split("[-_]", name.lower()), key=len)
    return longest.encode("utf-8", "surrogateescape")


def _pattern(name: str) -> bytes:
    parts = [re.escape(part.encode("utf-8", "surrogateescape")) for part in re.split("[-_]", name)]
    return b"[-_]?".join(parts)
