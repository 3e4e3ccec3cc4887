"""The process that runs a handler, and the wire between it and a processor."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    #: The file a processor runs as a worker: alone in its folder, a drop-in for Nuclio's wrapper.
    WRAPPER_PATH: Path

__all__ = ["WRAPPER_PATH"]


def __getattr__(name: str) -> Path:
    # A worker imports this package too, and should not pay for pathlib.
    if name == "WRAPPER_PATH":
        from pathlib import Path

        return Path(__file__).parent / "wrapper" / "_nuclio_wrapper.py"
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
