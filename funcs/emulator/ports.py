"""Finds the port the emulator listens on."""

from __future__ import annotations

import errno
import socket
from collections.abc import Collection

from funcs.errors import ProcessorError

DEFAULT_PORT = 8080
_HOW_FAR = 100


def choose_port(
    wanted: int | None,
    *,
    host: str = "127.0.0.1",
    first: int = DEFAULT_PORT,
    taken: Collection[int] = (),
    option: str = "--port",
) -> int:
    """``wanted`` if it is free; without a wish ``first``, or the next free one above it.

    0 stays 0: the kernel chooses when it is opened. ``taken`` are promised to others already;
    ``option`` is how another one is asked for.

    Raises:
        ProcessorError: ``wanted`` is taken or not ours to open.
    """
    if wanted is None:
        for port in range(first, min(first + _HOW_FAR, 65536)):
            if port not in taken and _refusal(host, port) is None:
                return port
        return 0
    refusal = _refusal(host, wanted) if wanted else None
    if refusal is not None:
        raise port_error(wanted, refusal, option)
    return wanted


def free_port(host: str = "127.0.0.1") -> int:
    """A port that is free now, wherever the kernel finds one."""
    with socket.socket(_family(host)) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def port_error(port: int, refusal: OSError, option: str = "--port") -> ProcessorError:
    """The sentence for a port that could not be opened."""
    if refusal.errno == errno.EADDRINUSE:
        return ProcessorError(
            f"port {port} is taken by another program",
            fix=f"choose another with {option} {port + 1}, or leave {option} out for a free one",
        )
    return ProcessorError(
        f"port {port} cannot be opened: {refusal.strerror}",
        fix=f"choose one from 1024 to 65535 with {option}",
    )


def _refusal(host: str, port: int) -> OSError | None:
    with socket.socket(_family(host)) as probe:
        # As the server itself does, so that a port in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            return error
    return None


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
