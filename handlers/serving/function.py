"""Serves the graph that function.yaml names: spec.handler is ``function:handler``."""

from __future__ import annotations

import os
from pathlib import Path

from funcs.host import Host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from nuclio_sdk import Context

host = Host.from_environ(os.environ, entry=Path(__file__))


def init_context(context: Context) -> None:
    """Construct the graph's steps and load its models."""
    host.start(context)


def handler(context: Context, event: Any) -> Any:
    """Answer an event, or each of a batch; awaitable where the graph is async."""
    return host.handle(event)


# funcs' own worker then leaves decoding to the protocols; Nuclio's does not look here.
handler.bytes_wanted = True  # type: ignore[attr-defined]
