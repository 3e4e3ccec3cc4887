"""nuclio_sdk, imported for half its price.

nuclio_sdk.platform imports http.client at its top, and with it ssl, socket and email: more than
the rest of a worker's start together, for ``call_function`` alone. Here that import is put off
until somebody uses it; nothing else of nuclio_sdk differs.
"""

from __future__ import annotations

import sys
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["nuclio_sdk"]

_LATE = "http.client"


def _late_attribute(name: str) -> ModuleType:
    """What ``http.client`` is to nuclio_sdk.platform, once it looks: the real one."""
    if name != "client":
        raise AttributeError(f"module 'http' has no attribute {name!r}")
    from importlib import import_module

    return import_module(_LATE)


def _import_sdk() -> Any:
    if _LATE in sys.modules or "nuclio_sdk" in sys.modules:
        import nuclio_sdk

        return nuclio_sdk
    package = ModuleType("http")
    vars(package)["__getattr__"] = _late_attribute
    hidden = sys.modules.get("http")
    sys.modules |= {"http": package, _LATE: ModuleType(_LATE)}
    try:
        import nuclio_sdk
    finally:
        del sys.modules["http"], sys.modules[_LATE]
        if hidden is not None:
            sys.modules["http"] = hidden
    return nuclio_sdk


nuclio_sdk = _import_sdk()
