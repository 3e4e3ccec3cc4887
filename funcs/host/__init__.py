"""A graph behind Nuclio's two entrypoints: the only place that knows both events and graphs."""

from funcs.host.host import Host, serve
from funcs.host.server import Server

__all__ = ["Host", "Server", "serve"]
