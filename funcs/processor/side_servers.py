"""Which side servers a processor has, by its configuration."""

from __future__ import annotations

from funcs.processor.admin import AdminRoutes
from funcs.processor.config import Address
from funcs.processor.health import HealthRoutes, function_health
from funcs.processor.metrics import MetricsRoutes
from funcs.processor.side import SideServer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from funcs.processor.processor import Processor
    from funcs.processor.side import Route

_FUNCTION_PORT = 8080


def make_servers(processor: Processor) -> dict[str, SideServer]:
    """The servers by name, bound and not yet listening.

    Raises:
        ProcessorError: a port cannot be had.
    """
    config = processor.config
    platform = config.platform
    health = HealthRoutes(lambda: processor.is_ready)
    admin = AdminRoutes(config, processor.triggers, processor.sink)
    metrics = MetricsRoutes(config.function, processor.triggers)
    wanted: list[tuple[str, Address | None, Route, str]] = [
        ("health", platform.health, health, "healthCheck"),
        ("admin", platform.admin, admin, "webAdmin"),
        ("metrics", platform.metrics, metrics, "metrics.sinks"),
    ]
    has_http = any(trigger.kind == "http" for trigger in config.triggers)
    if config.function.default_http_is_off and not has_http:
        # Nuclio 1.14: this server and that of the metrics answer each other's paths.
        route = metrics if platform.metrics is not None else function_health
        wanted.append(("function", Address(_FUNCTION_PORT), route, "port 8080"))
    return {
        name: SideServer(
            processor.reactor,
            address,
            route,
            host=processor.settings.host,
            where=f"platform.yaml  {where}",
            is_shared=name in ("metrics", "function") and processor.settings.handover_s > 0,
        )
        for name, address, route, where in wanted
        if address is not None
    }
