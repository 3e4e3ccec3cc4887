"""nuclio_sdk's Context, as a worker gives it to a handler."""

from __future__ import annotations

from funcs.event import TriggerInfo
from funcs.sdk import nuclio_sdk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from funcs.metrics.registry import Metrics

__all__ = ["Context", "Platform", "make_context"]

Platform = nuclio_sdk.Platform


class Context(nuclio_sdk.Context):  # type: ignore[misc]  # nuclio_sdk has no types
    """nuclio_sdk's Context and one attribute more, which is ours.

    ``metrics`` are counters, gauges and histograms of the handler's own. They are made when first
    asked for; until then ``dir`` shows the names that Nuclio's Context has.
    """

    metrics: Metrics
    _share_metrics: Callable[[int], None] | None = None

    def __getattr__(self, name: str) -> Any:
        if name != "metrics":
            what = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(what, name=name, obj=self)
        from funcs.metrics.registry import Metrics  # most handlers count nothing

        # Threads that ask at once get the same.
        return self.__dict__.setdefault(name, Metrics(self.logger, self._share_metrics))


def make_context(
    logger: Any,
    *,
    worker_id: str | None = "0",
    trigger_kind: str | None = "http",
    trigger_name: str | None = "default-http",
    platform_kind: str = "local",
    namespace: str | None = "nuclio",
    control: Callable[[Any], Awaitable[None]] | None = None,
    share_metrics: Callable[[int], None] | None = None,
    logger_per_task: bool = False,
) -> Any:
    """A Context of nuclio_sdk's own classes.

    ``worker_id`` is text; ``user_data`` is an empty bag for the handler's own. ``control`` takes
    the messages of ``context.platform.explicit_ack``; without it that raises. ``share_metrics`` is
    given the open file that metrics lie in, if there are any, for a processor to read. With
    ``logger_per_task`` a logger that is set in an asyncio task is that task's alone.
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
    trigger = TriggerInfo(trigger_kind, trigger_name)
    context = Context(logger, platform, worker_id, trigger, logger_per_async_task=logger_per_task)
    context._share_metrics = share_metrics
    return context
