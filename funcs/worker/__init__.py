"""The process that runs a handler, and the wire between it and a processor."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    #: The file a processor runs as a worker: alone in its folder, a drop-in for Nuclio's wrapper.
    WRAPPER_PATH: Path

__all__ = ["WRAPPER_PATH"]


def wrapper_file() -> str:
    """WRAPPER_PATH as text, for who starts processes and does without pathlib."""
    package = __file__.rpartition("__init__")[0]
    return f"{package}wrapper/_nuclio_wrapper.py"


def __getattr__(name: str) -> Path:
    # A worker imports this package too, and should not pay for pathlib.
    if name == "WRAPPER_PATH":
        from pathlib import Path

        return Path(wrapper_file())
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
