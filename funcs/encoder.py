"""nuclio_sdk's JSON, written by the C encoder.

nuclio_sdk's own encoder works in Python, because it writes NaN and infinities as strings. Here C
writes everything, and only a value with one of those is left to nuclio_sdk's.
"""

from __future__ import annotations

import json.encoder
from contextlib import suppress

from funcs.sdk import nuclio_sdk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["Encoder", "encode_text"]

#: A string as ASCII JSON, quotes included.
encode_text: Callable[[str], str] = json.encoder.encode_basestring_ascii

# So long a text is worth orjson, where it is installed.
_LONG = 8192


class Encoder:
    r"""Writes values as nuclio_sdk's ``json_encoder.Encoder`` does, to the byte.

    NaN is ``"NaN"``, infinity ``"Infinity"``; what JSON does not know is its ``__log__()``, else
    its repr, else its str.

    >>> Encoder().encode({"n": float("nan"), "b": b"x"})
    '{"n": "NaN", "b": "b\'x\'"}'
    """

    def __init__(self) -> None:
        plain = nuclio_sdk.json_encoder.Encoder()
        self._plain: Callable[[Any], str] = plain.encode
        make = getattr(json.encoder, "c_make_encoder", None)  # PyPy has none
        # No markers: a circle ends in a RecursionError, and the plain encoder names it.
        self._chunks: Callable[[Any, int], tuple[str, ...]] | None = make and make(
            None, plain.default, encode_text, None, ": ", ", ", False, False, False
        )

    def encode(self, value: Any) -> str:
        """``value`` as JSON text in ASCII.

        Raises:
            TypeError: a key is neither str, int, float, bool nor None.
            ValueError: the value holds itself.
        """
        if isinstance(value, str):
            return encode_text(value)
        if self._chunks is None:
            return self._plain(value)
        with suppress(ValueError, RecursionError):
            return "".join(self._chunks(value, 0))
        return self._plain(value)


def encode_long_text(text: str) -> str:
    """The same as ``encode_text``, faster for a long text where orjson is installed."""
    if len(text) < _LONG or not text.isascii() or "\x7f" in text:
        return encode_text(text)  # orjson leaves what is not ASCII, and DEL, as it is
    try:
        import orjson  # so long a text is worth its import
    except ImportError:
        return encode_text(text)
    return orjson.dumps(text).decode("ascii")
