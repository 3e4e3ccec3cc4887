"""What Nuclio's dashboard needs of an image that it has not built.

Nuclio 1.14: pkg/dockerclient/shell.go waits for a container's health, and ends over an image that
has none; pkg/platform/local publishes port 8080 and passes no command.
"""

from __future__ import annotations

from dataclasses import dataclass

from funcs.packaging.running import Running

_PORT = "8080/tcp"


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that is needed, whether it is met, and what was found or is to be done."""

    what: str
    is_met: bool
    said: str


def needs_of(running: Running) -> tuple[Need, ...]:
    """The three needs; all else the dashboard leaves to the image."""
    has_check = bool(running.healthcheck)
    has_port = _PORT in running.ports
    return (
        Need(
            "HEALTHCHECK",
            has_check,
            _every(running)
            if has_check
            else "the dashboard's process ends when it deploys an image without one",
        ),
        Need(
            "CMD or ENTRYPOINT",
            bool(running.command),
            " ".join(running.command) or "the dashboard passes no command of its own",
        ),
        Need(
            "HTTP on port 8080",
            has_port,
            "exposed" if has_port else f"the image exposes {_ports(running)}; not checked further",
        ),
    )


def _every(running: Running) -> str:
    words = " ".join(running.healthcheck)
    return f"every {running.interval_s:g} s: {words}" if running.interval_s else words


def _ports(running: Running) -> str:
    return ", ".join(running.ports) or "no port"
