"""What a function may be called."""

from __future__ import annotations

import re

from funcs.spec.problem import shown

#: Nuclio 1.14 answers 412 to these: they are its own services.
RESERVED = ("dashboard", "controller", "dlx", "scaler")
_LONGEST = 63
_QUALIFIED = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", re.ASCII)


def what_is_wrong(name: str) -> str:
    """Why no function can have this name; empty if one can.

    Nuclio's dashboard takes a ``/`` too, and then no longer lists its functions: refused here.
    """
    if name in RESERVED:
        return f"the name {name!r} is reserved by Nuclio"
    if len(name) > _LONGEST:
        return f"the name has {len(name)} characters, {_LONGEST} at most"
    if not _QUALIFIED.fullmatch(name):
        return f"the name {shown(name)} is not made of letters, digits and '-' alone"
    return ""


def is_portable(name: str) -> bool:
    """Whether Kubernetes takes the name too: lower case, digits and ``-`` (DNS-1123)."""
    return bool(_LABEL.fullmatch(name)) and not what_is_wrong(name)


def nearest_name(text: str) -> str:
    """A portable name that looks like ``text``.

    >>> nearest_name("My Shop")
    'my-shop'
    """
    words = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    name = words[:_LONGEST].strip("-") or "function"
    return f"my-{name}" if name in RESERVED else name
