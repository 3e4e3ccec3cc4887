"""Keeps secrets out of a tape: headers, keys of JSON, fields of forms and so on, by their names.

Names are the same in any case and with or without ``-`` and ``_``: ``access_token`` is
``accessToken``. One of the list is a secret wherever it stands: a handler may log headers.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib

from funcs.tape.form import MASK
from funcs.tape.text_masking import TextMasking, in_queries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

#: Usual names of headers whose values are secrets or stand for a person.
HEADERS = (
    "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key",
    "x-auth-token", "x-access-token", "x-csrf-token", "x-amz-security-token", "x-goog-api-key",
    "x-v3io-session-key",
)  # fmt: skip
#: Usual names of keys and fields.
KEYS = (
    "password", "passwd", "passphrase", "secret", "client_secret", "secret_key",
    "secret_access_key", "access_token", "refresh_token", "id_token", "session_token",
    "auth_token", "api_key", "authorization", "credentials", "private_key",
)  # fmt: skip
#: None of the keys is in a text that has none of these, which a quick look at most bodies tells:
#: at the letters alone, which are hardly any in a body of numbers.
_STEMS = ("pass", "secret", "token", "key", "authorization", "credential", "cookie")
_LETTERS_ARE = bytes(range(256)).lower()
_NO_LETTERS = bytes(each for each in range(128) if not chr(each).isalpha())
#: JSON may spell a letter so, and a form, where that look does not see it.
_find_escaped_letter = re.compile(rb"\\u00(?:[4-7]|2[dD])").search
_find_escaped_name = re.compile(rb"(?:\A|&)[^=&\s%]*+%[^=&\s]*+=").search
_COLON, _EQUALS, _ANGLE, _BACKSLASH, _PERCENT = b":=<\\%"
_GZIP = b"\x1f\x8b\x08"
#: A few kB may hold gigabytes.
_UNPACKED_BYTES = 4 * 1024 * 1024
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
#: Only in a query: in a body they are mostly something else, a language model's tokens.
_QUERY_KEYS = ("token", "key", "sig", "signature")
#: Names of what lies in another: ``user[password]``, ``db.password``.
_find_steps = re.compile(r"[^\[\].]+").findall


class Masking:
    """Masks what the two lists name, and ``names`` beside them."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        names = [name for name in names if _plain(name)]
        self.names = (*HEADERS, *KEYS, *names)
        self._hidden = set(map(_plain, self.names))
        self._fields = self._hidden | set(_QUERY_KEYS)
        found = set(map(_run_of_letters, (*HEADERS, *KEYS)))  # those suffice that hold no other
        runs = [run for run in found if not any(one in run for one in found - {run})]
        self._stems = [(stem, [run for run in runs if stem in run]) for stem in _STEMS]
        self._stems += [(run, [run]) for run in map(_run_of_letters, names)]
        self._texts = TextMasking(self.names, self.hides)

    @classmethod
    def of(cls, masked: Sequence[str]) -> Masking:
        """The masking of a tape whose first line says that these names were."""
        usual = {*HEADERS, *KEYS}
        return cls([name for name in masked if name not in usual])

    def hides(self, name: str) -> bool:
        """Whether the value of a header, a key or a field of this name is not to be kept."""
        return _is_among(self._hidden, name)

    def header(self, value: str) -> str:
        """The value of another header, which may hold a URL with a secret in its query."""
        if "=" not in value or ("?" not in value and "#" not in value):
            return value
        return in_queries(value, self._hides_field)

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers with the secret ones masked."""
        return {
            name: MASK if self.hides(name) else self.header(value)
            for name, value in headers.items()
        }

    def fields(self, fields: Mapping[str, str]) -> dict[str, str]:
        """The fields of a query likewise."""
        return {
            name: MASK if self._hides_field(name) else self.header(value)
            for name, value in fields.items()
        }

    def _hides_field(self, name: str) -> bool:
        return _is_among(self._fields, name)

    def body(self, body: bytes) -> bytes:
        """The body with the values of secret keys masked; itself where there are none.

        One that is masked is masked to itself.
        """
        if body.startswith(_GZIP):
            return self._packed(body)
        return self._masked(body) if self._may_hide(body) else body

    def logged(self, records: str) -> str:
        """A log in JSON likewise, within its texts too: those are sent to nobody again."""
        if not self._may_hide(records.encode()):
            return records
        return json.dumps(self._value(json.loads(records)), separators=(",", ":"))

    def _may_hide(self, body: bytes) -> bool:
        """A quick look, which most bodies do not pass."""
        if _COLON not in body and _EQUALS not in body and _ANGLE not in body:
            return False
        if _BACKSLASH in body and _find_escaped_letter(body):
            return True
        if _PERCENT in body and _EQUALS in body and _find_escaped_name(body):
            return True
        letters = body.translate(_LETTERS_ARE, _NO_LETTERS).decode("latin-1")
        for stem, runs in self._stems:
            if stem in letters and any(run in letters for run in runs):
                return True
        return False

    def _value(self, value: Any) -> Any:
        """Decoded JSON with the secret values masked, and its texts looked through."""
        if isinstance(value, dict):
            return {
                key: MASK if self.hides(key) else self._value(item) for key, item in value.items()
            }
        if isinstance(value, list):
            return [self._value(item) for item in value]
        return self._texts.masked(value) if isinstance(value, str) else value

    def _packed(self, body: bytes) -> bytes:
        """What gzip has packed, looked through as far as is worth the time."""
        unpacking = zlib.decompressobj(wbits=31)
        try:
            plain = unpacking.decompress(body, _UNPACKED_BYTES)
        except zlib.error:
            return body
        masked = self._masked(plain) if self._may_hide(plain) else plain
        return body if masked is plain else gzip.compress(masked, mtime=0)

    def _masked(self, body: bytes) -> bytes:
        try:
            return self._json(body)
        except (ValueError, RecursionError):
            pass
        text, encoding = _decoded(body)
        masked = self._texts.masked(text)
        return body if masked == text else masked.encode(encoding, "surrogateescape")

    def _json(self, body: bytes) -> bytes:
        """The body, if it is JSON; looked through pair by pair, as names may come again.

        Raises:
            ValueError, RecursionError: it is none.
        """
        is_masked = False

        def masked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            nonlocal is_masked
            value = {}
            for name, item in pairs:
                is_hidden = self.hides(name)
                is_masked |= is_hidden and item != MASK
                value[name] = MASK if is_hidden else item
            return value

        value = json.loads(body, object_pairs_hook=masked)
        return json.dumps(value).encode() if is_masked else body


def _is_among(names: set[str], name: str) -> bool:
    if _plain(name) in names:
        return True
    return ("." in name or "[" in name) and any(_plain(x) in names for x in _find_steps(name))


def _decoded(body: bytes) -> tuple[str, str]:
    """The body as text, and what encodes it again."""
    if body.startswith(_UTF_16):
        try:
            return body.decode("utf-16"), "utf-16"
        except UnicodeDecodeError:
            pass
    return body.decode("utf-8", "surrogateescape"), "utf-8"


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")


def _run_of_letters(name: str) -> str:
    """What is among a text's letters wherever the name is in it, however it is spelled."""
    return max(re.split("[^a-z]", _plain(name)), key=len)
