"""nuclio_sdk, imported for half its price.

nuclio_sdk.platform imports http.client at its top, and with it ssl, socket and email: more than
the rest of a worker's start together, for ``call_function`` alone. Here that import is put off
until somebody uses it; nothing else of nuclio_sdk differs.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

__all__ = ["nuclio_sdk"]

_LATE = "http.client"


def _import_late(name: str) -> ModuleType:
    """What ``http.client`` is when somebody looks at the attribute: http's ``__getattr__``."""
    if name != "client":
        raise AttributeError(f"module 'http' has no attribute {name!r}")
    from importlib import import_module

    return import_module(_LATE)


def _import_sdk() -> Any:
    if _LATE in sys.modules or "nuclio_sdk" in sys.modules:
        import nuclio_sdk

        return nuclio_sdk
    import http

    sys.modules[_LATE] = type(sys)(_LATE)
    try:
        import nuclio_sdk
    finally:
        del sys.modules[_LATE]
    vars(http)["__getattr__"] = _import_late
    return nuclio_sdk


nuclio_sdk = _import_sdk()
