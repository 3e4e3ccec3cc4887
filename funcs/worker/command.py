"""The worker's process, from its command line to its end."""

from __future__ import annotations

import os
import sys
import time
from _socket import AF_UNIX, SOCK_STREAM, socket  # the socket module would cost ten times as much
from traceback import format_exc

from funcs.context import make_context
from funcs.encoder import Encoder
from funcs.logger import Logger
from funcs.worker.arguments import Arguments
from funcs.worker.forked import Forked
from funcs.worker.frames import FrameError, FrameReader
from funcs.worker.handler import init_context_of, load_handler
from funcs.worker.invoker import Invoker
from funcs.worker.lifeline import hold
from funcs.worker.outlet import LogStream, Outlet
from funcs.worker.signals import Signals
from funcs.worker.worker import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

_TRIES = 60
_MOST_REFUSALS = 2


def main(argv: Sequence[str], environ: Mapping[str, str]) -> None:
    """Be the worker that ``argv`` describes until its processor closes the event socket.

    Nuclio 1.14: what fails before the sockets are connected is one JSON record on stdout and exit
    status 1; afterwards records go to the processor.

    Raises:
        SystemExit: it could not start, or the stream could not be read any further.
    """
    arguments = Arguments.parse(argv)
    processor = os.getppid()
    try:
        _work(arguments, environ, processor)
    finally:
        if os.getppid() != processor:
            _remove_sockets(arguments)


def _work(arguments: Arguments, environ: Mapping[str, str], processor: int) -> None:
    logger = Logger(sys.stdout, shared=True)
    logger.bind(worker_id=arguments.worker_id)
    try:
        handler = load_handler(arguments.handler, logger)
        try:
            events = _connect(arguments.event_socket_path, logger, processor)
            control = _connect(arguments.control_socket_path, logger, processor)
        except RuntimeError:
            _remove_sockets(arguments)
            raise
    except BaseException as exc:
        sentence = "Caught unhandled exception while initializing"
        logger.error_with(sentence, err=str(exc), traceback=format_exc())
        raise SystemExit(1) from None
    _serve(arguments, environ, handler, logger, events, control)


def _serve(
    arguments: Arguments,
    environ: Mapping[str, str],
    handler: Callable[[Any, Any], Any],
    logger: Logger,
    events: socket,
    control: socket,
) -> None:
    frames, outlet, controls_outlet = FrameReader(events), Outlet(events), Outlet(control)
    controls = ControlWriter(controls_outlet, logger)
    logger.redirect(LogStream(outlet))
    context = make_context(
        logger,
        worker_id=arguments.worker_id,
        trigger_kind=arguments.trigger_kind,
        trigger_name=arguments.trigger_name,
        platform_kind=arguments.platform_kind,
        namespace=arguments.namespace,
        control=controls.send,
    )
    raw = not arguments.decode_event_strings
    full_errors = _error_detail(environ) == "full"
    invoker = Invoker(handler, context, outlet.write, raw=raw, full_errors=full_errors)
    signals = Signals(invoker, context)
    worker = Worker(events.fileno(), frames, invoker, signals)

    def forget_sockets() -> None:
        for end in (frames, outlet, controls_outlet):
            end.replace(Forked())
        events.close()
        control.close()

    os.register_at_fork(after_in_child=forget_sockets)
    hold(control)
    try:
        worker.start(init_context_of(handler), context)
    except BaseException:
        logger.error_with("Exception raised while running init_context")
        raise
    signals.register(worker.on_signal)
    outlet.write(b"s\n")
    controls.write({"kind": "wrapperInitialized", "attributes": {"ready": "true"}})
    try:
        worker.serve()
    except FrameError as exc:
        invoker.refuse(exc)
        raise SystemExit(1) from None


class ControlWriter:
    """Sends messages on the control socket, each a line of JSON and a debug record."""

    def __init__(self, outlet: Outlet, logger: Logger) -> None:
        self._outlet = outlet
        self._logger = logger
        self._encode = Encoder().encode

    async def send(self, message: dict[str, Any]) -> None:
        """What ``context.platform.explicit_ack`` awaits."""
        self.write(message)

    def write(self, message: dict[str, Any]) -> None:
        """Send ``message``; its record tells how many members it has, as Nuclio's does."""
        self._logger.debug_with("Sending data on control socket", data_length=len(message))
        self._outlet.write(f"{self._encode(message)}\n".encode("ascii"))


def _connect(path: str, logger: Logger, processor: int) -> socket:
    """A socket connected to ``path``; tried once a second for a minute (Nuclio 1.14).

    No longer than ``processor``, the process that started this one, is there. It may have ended
    before this one could ask: then the file is there, and nobody listens at it.
    """
    end = socket(AF_UNIX, SOCK_STREAM)
    refusals = 0
    for _ in range(_TRIES):
        if _has_room():
            logger.debug(f"Connecting to socket {path}")
        try:
            end.connect(path)
        except OSError as error:
            sys.stdout.write(f"Failed to connect to {path}\n")
            refusals += isinstance(error, ConnectionRefusedError)
            if refusals > _MOST_REFUSALS or os.getppid() != processor:
                break
            time.sleep(1)
        else:
            if _has_room():
                logger.debug(f"Successfully connected to socket {path}")
            return end
    raise RuntimeError(f"Failed to connect to {path} in given timeframe")


def _has_room() -> bool:
    """Whether a line fits into stdout: a worker comes up though nobody reads what others print."""
    from select import POLLOUT, poll

    room = poll()
    room.register(1, POLLOUT)
    return bool(room.poll(0))


def _remove_sockets(arguments: Arguments) -> None:
    """Do what a processor that was killed had no time for."""
    for path in (arguments.event_socket_path, arguments.control_socket_path):
        try:
            os.unlink(path)  # noqa: PTH108 - pathlib is not imported for this
        except OSError:
            continue


def _error_detail(environ: Mapping[str, str]) -> str:
    """``message`` or ``full``: funcs' setting, read without what else Settings would import."""
    detail = environ.get("FUNCS_ERROR_DETAIL")
    if detail:
        return detail
    import json

    try:
        config = json.loads(environ.get("FUNCS_CONFIG") or "{}")
        return str(config.get("error_detail", ""))
    except (ValueError, AttributeError):
        return ""  # who starts the function says what is wrong with it
