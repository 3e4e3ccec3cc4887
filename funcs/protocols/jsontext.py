"""JSON text both ways: always valid going out, lenient coming in.

orjson does the work where it is installed; the standard library does what orjson will not (a bare
NaN, a byte order mark, integers beyond 64 bits) and everything where it is missing.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator, Set

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _find_orjson() -> Any:
    """orjson, or False in an image without the `speed` extra."""
    global _orjson, _fast_loads
    try:
        import orjson
    except ImportError:
        _orjson, _fast_loads = False, json.loads
    else:
        _orjson, _fast_loads = orjson, orjson.loads
    return _orjson


def _first_loads(text: bytes | str) -> Any:
    _find_orjson()
    return _fast_loads(text)


# Sought for the first text: what orjson imports in turn (inspect, uuid) is a tenth of the start.
_orjson: Any = None
_fast_loads: Callable[[bytes | str], Any] = _first_loads


def loads(text: bytes | str) -> Any:
    """The value of a JSON text. Bare NaN and Infinity are taken, as Python's own reader does.

    Integers beyond 64 bits are floats where orjson is installed.

    Raises:
        ValueError: it is not JSON; the message is the standard library's.
    """
    try:
        return _fast_loads(text)
    except ValueError:
        pass
    except RecursionError:
        raise ValueError("nested too deep") from None
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None


def dumps(value: Any) -> str:
    """JSON text of a value: numpy arrays as lists, sets and generators too; NaN is null.

    Raises:
        TypeError: it holds something JSON has no form for; the message names its type.
    """
    orjson = _find_orjson() if _orjson is None else _orjson
    if orjson:
        option = orjson.OPT_SERIALIZE_NUMPY if "numpy" in sys.modules else None
        try:
            text: bytes = orjson.dumps(value, option=option)
            return text.decode()
        except TypeError:
            pass
    try:
        return json.dumps(plain(value), allow_nan=False, separators=(",", ":"))
    except (RecursionError, ValueError) as error:
        reason = "nested too deep, or in itself" if isinstance(error, RecursionError) else error
        raise TypeError(f"JSON cannot hold it: {reason}") from None


def plain(value: Any) -> Any:
    """The value in JSON's own types: lists, dicts with text keys, text, numbers, booleans, None.

    Raises:
        TypeError: it holds something JSON has no form for.
    """
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, Set, Iterator)):
        return [plain(item) for item in value]
    return _foreign(value)


def _key(key: Any) -> Any:
    """A key as the standard library writes it: numbers, booleans and None become text."""
    if key is None or isinstance(key, (str, bool, int)):
        return key
    if isinstance(key, float):
        return key if math.isfinite(key) else repr(key)
    raise TypeError(f"keys must be text or numbers, not {type(key).__name__}")


def _foreign(value: Any) -> Any:
    if isinstance(value, bytes):
        return _text(value)
    if hasattr(value, "tolist"):  # numpy arrays and scalars, array.array
        listed = value.tolist()  # a longdouble's is itself
        return plain(float(listed) if type(listed) is type(value) else listed)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TypeError(f"JSON has no form for {type(value).__name__}")


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise TypeError("JSON has no form for bytes that are no UTF-8") from None
