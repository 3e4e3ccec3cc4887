"""Serves the graph that function.yaml names: spec.handler is ``function:handler``.

For a trigger with ``mode: async``, which takes `async def` handlers only, it is
``function:async_handler``.
"""

from __future__ import annotations

import os
from collections.abc import Coroutine
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


async def async_handler(context: Context, event: Any) -> Any:
    """The same for many events at once; a step that does not await holds up all of them."""
    answer = host.handle(event)
    return await answer if isinstance(answer, Coroutine) else answer


async_handler.bytes_wanted = True  # type: ignore[attr-defined]
