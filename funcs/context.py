"""nuclio_sdk's Context, as a worker gives it to a handler."""

from __future__ import annotations

from funcs.event import TriggerInfo
from funcs.sdk import nuclio_sdk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

__all__ = ["Context", "Platform", "make_context"]

Context = nuclio_sdk.Context
Platform = nuclio_sdk.Platform


def make_context(
    logger: Any,
    *,
    worker_id: str | None = "0",
    trigger_kind: str | None = "http",
    trigger_name: str | None = "default-http",
    platform_kind: str = "local",
    namespace: str | None = "nuclio",
    control: Callable[[Any], Awaitable[None]] | None = None,
) -> Any:
    """A Context of nuclio_sdk's own classes.

    ``worker_id`` is text; ``user_data`` is an empty bag for the handler's own. ``control`` takes
    the messages of ``context.platform.explicit_ack``; without it that raises.
    """

    def connect(address: str, **options: Any) -> Any:
        from funcs.neighbours import connection_to  # only call_function needs it

        return connection_to(address, namespace or "", **options)

    platform = Platform(
        platform_kind,
        namespace=namespace,
        connection_provider=connect,
        on_control_callback=control,
    )
    return Context(logger, platform, worker_id, TriggerInfo(trigger_kind, trigger_name))
