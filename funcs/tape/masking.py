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
#: None of the keys is in a text that has none of these, which a quick look at most bodies tells:
#: at the letters alone, which are hardly any in a body of numbers.
_STEMS = ("pass", "secret", "token", "key", "authorization", "credential")
_LETTERS_ARE = bytes(range(256)).lower()
_NO_LETTERS = bytes(each for each in range(128) if not chr(each).isalpha())
#: JSON may spell a letter so, where that look does not see it.
_find_escaped_letter = re.compile(rb"\\u00[4-7]").search
_COLON, _EQUALS, _BACKSLASH = b":=\\"
#: Only in a query: in a body they are mostly something else, a language model's tokens.
_QUERY_KEYS = ("token", "key", "sig", "signature")
#: A name and its value in what is no JSON: a form, headers, YAML, JSON that is cut off. Unquoted
#: the value is the rest of the line, in a form up to the ``&``, or an indented block below.
_PAIR = rb"""(?ix)
    ( ["']? \b (?:%b) ["']? \s* (?: (?P<equals> =) | :) \s* )
    (?: \*\*\* (?= [\s,;&}\]] | \Z) | "(?: [^"\\] | \\. )* "? | ' [^']* '?
      | [|>] [-+\d]* (?: \r?\n (?: [^\S\n]+ [^\n]* )? (?= \r?\n | \Z ) )+
      | (?(equals) [^\r\n&]+ | [^\r\n]+ ) )
"""
#: A part of a form in several parts, named in its head.
_PART = rb"""(?ixs)
    ( \b name = "? (?:%b) "? [^\r\n]* \r?\n (?: [^\r\n]+ \r?\n )* \r?\n )
    .*? (?= \r?\n-- | \Z )
"""
_MASKED = rb"\g<1>" + MASK.encode()


class Masking:
    """Masks what the two lists name, and ``names`` beside them."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        names = [name for name in names if _plain(name)]
        self.names = (*HEADERS, *KEYS, *names)
        self._headers = set(map(_plain, (*HEADERS, *names)))
        self._keys = set(map(_plain, (*KEYS, *names)))
        self._fields = self._keys | set(_QUERY_KEYS)
        spelled = sorted((*KEYS, *names), key=len, reverse=True)
        words = b"|".join(map(_pattern, spelled))
        runs = [_run_of_letters(name) for name in KEYS]
        self._stems = [(stem, [run for run in runs if stem in run]) for stem in _STEMS]
        self._stems += [(run, [run]) for run in map(_run_of_letters, names)]
        self._pair = re.compile(_PAIR % words)
        self._part = re.compile(_PART % words)

    @classmethod
    def of(cls, masked: Sequence[str]) -> Masking:
        """The masking of a tape whose first line says that these names were."""
        usual = {*HEADERS, *KEYS}
        return cls([name for name in masked if name not in usual])

    def hides_header(self, name: str) -> bool:
        """Whether the header's value is not to be kept."""
        return _plain(name) in self._headers

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
        """The body with the values of secret keys masked; itself where there are none.

        One that is masked is masked to itself.
        """
        if _COLON not in body and _EQUALS not in body:
            return body
        if _BACKSLASH in body and _find_escaped_letter(body):
            return self._masked(body)
        letters = body.translate(_LETTERS_ARE, _NO_LETTERS).decode("latin-1")
        for stem, runs in self._stems:
            if stem in letters and any(run in letters for run in runs):
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
            parts = self._part.sub(_MASKED, body) if body.startswith(b"--") else body
            text: bytes = self._pair.sub(_MASKED, parts)
            return body if text == body else text
        return body if masked == value else json.dumps(masked).encode()


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")


def _run_of_letters(name: str) -> str:
    """What is among a text's letters wherever the name is in it, however it is spelled."""
    return max(re.split("[^a-z]", _plain(name)), key=len)


def _pattern(name: str) -> bytes:
    parts = [re.escape(part.encode("utf-8", "surrogateescape")) for part in re.split("[-_]", name)]
    return b"[-_]?".join(parts)
