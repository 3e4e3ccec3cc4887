"""Hides what a plan holds of secrets, for screens and files that others read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

MASK = "***"
_SECRET = re.compile(
    r"pass(word|wd|phrase)|passwd|^pass$|secret|token|credential|private|authorization|cookie"
    r"|(api|access|auth|account|shared|encryption|signing)[_-]?key|^auth$|connection[_-]?string"
    r"|session[_-]?id|(^|[_-])(pwd|pat|psk|sas|salt)$|(?<!by)(?<!com)pass$",
    re.IGNORECASE,
)
#: A password; and a name without one at a web address, where it is mostly a token.
_IN_URL = re.compile(
    r"(\b[a-z][a-z0-9+.-]*://[^/\s:@]*:|\bhttps?://(?=[^/\s:@]+@))[^/\s@]+(?=@)", re.IGNORECASE
)
#: ``password=…`` of an option, a query or a connection string; a login in a header's words.
_ASSIGNED = re.compile(r"([\w.-]*[A-Za-z][\w.-]*)=([^\s;&,\"']+)")
#: ``--password …``, and a line of YAML.
_SPACED = re.compile(
    r"((?<!\S)--?(?P<option>[A-Za-z][\w-]*)[ \t]+)[^\s-]\S*"
    r"|(^[ \t-]*(?P<key>[a-z][\w-]*|[A-Z][A-Z0-9_]*):[ \t]+)(?:\S+|\"[^\"\n]*\"|'[^'\n]*')[ \t]*$",
    re.MULTILINE,
)
#: What is a secret wherever it stands: private keys, and the tokens that services mark as theirs.
_MARKED = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
    r"|\b(?:gh[oprsu]_|github_pat_|glpat-|hf_|sk-|xox[abeprs]-|npm_|pypi-)[\w-]{16,}"
    r"|(?<=hooks\.slack\.com/services/)[\w/]+",
    re.DOTALL,
)
_LOGIN = re.compile(r"\b(authorization\W+\w+ +|bearer +)\S+", re.IGNORECASE)
#: A setting is often a text of JSON.
_IN_JSON = re.compile(r'("(?P<key>[^"\\]+)"\s*:\s*")(?:[^"\\]|\\.)+(?=")')
#: A processor logs all that it is told, variables included.
_CONFIGURATION = re.compile(r"(Read configuration ).*")
#: Where a Kubernetes Secret holds its texts.
_BODIES = ("data", "stringData")
#: Keys whose value names a secret and is none.
_NAMES = frozenset({"secretname", "secretkeyref", "secretref", "imagepullsecrets", "valuefrom"})


def is_secret(name: str) -> bool:
    """Whether a variable or key of this name holds a secret.

    >>> is_secret("AWS_SECRET_ACCESS_KEY"), is_secret("TOKENIZER"), is_secret("secretName")
    (True, False, False)
    """
    if name.lower() in _NAMES or re.search(r"token(iz|s$)", name, re.IGNORECASE):
        return False
    return bool(_SECRET.search(name))


def masked(value: Any) -> Any:
    """The same plain value with every secret as ``***``: by its key, or by its ``name`` in a list.

    >>> masked({"env": [{"name": "DB_PASSWORD", "value": "x"}], "url": "amqp://me:pw@host"})
    {'env': [{'name': 'DB_PASSWORD', 'value': '***'}], 'url': 'amqp://me:***@host'}
    """
    if isinstance(value, Mapping):
        if value.get("kind") == "Secret":
            value = {**value, **{key: _all_hidden(value[key]) for key in _BODIES if key in value}}
        is_pair = is_secret(str(value.get("name", ""))) and "value" in value
        return {
            key: MASK if _is_hidden(str(key), item, is_pair=is_pair) else masked(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    return _masked_text(value) if isinstance(value, str) else value


def _masked_text(text: str) -> str:
    """A text without the secrets in it; a JSON object or list is looked through as one."""
    text = _ASSIGNED.sub(_without_value, _LOGIN.sub(rf"\g<1>{MASK}", text))
    text = _IN_JSON.sub(_masked_pair, _IN_URL.sub(rf"\g<1>{MASK}", text))
    text = _MARKED.sub(MASK, _SPACED.sub(_without_word, text))
    text = _CONFIGURATION.sub(rf"\g<1>{MASK}", text)
    try:
        value = json.loads(text) if text[:1] in ("{", "[") else None
    except (ValueError, RecursionError):
        return text
    hidden = masked(value) if value is not None else None
    return text if hidden == value else json.dumps(hidden, ensure_ascii=False)


def _masked_pair(found: re.Match[str]) -> str:
    return f"{found[1]}{MASK}" if is_secret(found["key"]) else found[0]


def _without_value(found: re.Match[str]) -> str:
    return f"{found[1]}={MASK}" if is_secret(found[1].strip("-.")) else found[0]


def _without_word(found: re.Match[str]) -> str:
    is_named = is_secret(found["option"] or found["key"])
    return f"{found[1] or found[3]}{MASK}" if is_named else found[0]


def _all_hidden(value: Any) -> Any:
    return dict.fromkeys(value, MASK) if isinstance(value, Mapping) else MASK


def _is_hidden(key: str, value: object, *, is_pair: bool) -> bool:
    if not value or not isinstance(value, str):
        return False
    return (is_pair and key == "value") or is_secret(key)
