"""The worker's process, from its command line to its end."""

from __future__ import annotations

import os
import sys
from traceback import format_exc

from funcs.context import make_context
from funcs.encoder import Encoder
from funcs.logger import Logger
from funcs.worker.arguments import Arguments
from funcs.worker.audience import ClientAudience
from funcs.worker.forked import Forked
from funcs.worker.frames import FrameError, FrameReader
from funcs.worker.handler import check_async, init_context_of, load_handler
from funcs.worker.invoker import Invoker
from funcs.worker.lifeline import hold
from funcs.worker.outlet import ControlLog, LogStream, Outlet
from funcs.worker.signals import Signals
from funcs.worker.sockets import connect, pass_file, remove
from funcs.worker.streaming import Audience
from funcs.worker.worker import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket
    from collections.abc import Callable, Coroutine, Mapping, Sequence
    from typing import Any


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
            remove((arguments.event_socket_path, arguments.control_socket_path))


def _work(arguments: Arguments, environ: Mapping[str, str], processor: int) -> None:
    logger = Logger(sys.stdout, shared=True)
    logger.bind(worker_id=arguments.worker_id)
    try:
        handler = load_handler(arguments.handler, logger)
        if arguments.address is not None:
            check_async(handler)
        events, control = _connect(arguments, logger, processor)
    except BaseException as exc:
        sentence = "Caught unhandled exception while initializing"
        logger.error_with(sentence, err=str(exc), traceback=format_exc())
        raise SystemExit(1) from None
    if events is None:
        _serve_many(arguments, environ, handler, logger, control)
    else:
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
    context = _context(arguments, logger, control, controls)
    invoker = Invoker(
        handler,
        context,
        outlet.write,
        raw=not arguments.decode_event_strings,
        full_errors=_setting(environ, "error_detail") == "full",
        # Who does not say that it knows streams is taken for a processor of Nuclio 1.14.
        audience=ClientAudience(control) if _setting(environ, "nuclio") == "1.15" else None,
    )
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
    controls.say_ready(outlet)
    try:
        worker.serve()
    except FrameError as exc:
        invoker.refuse(exc)
        raise SystemExit(1) from None


def _serve_many(
    arguments: Arguments,
    environ: Mapping[str, str],
    handler: Callable[[Any, Any], Any],
    logger: Logger,
    control: socket,
) -> None:
    """Serve in Nuclio 1.15's async mode: what no event's is logged goes over the control socket."""
    from funcs.worker.async_worker import AsyncWorker  # asyncio, where it is asked for

    outlet = Outlet(control)
    controls = ControlWriter(outlet, logger)
    logger.redirect(ControlLog(outlet))
    context = _context(arguments, logger, control, controls, logger_per_task=True)

    def new_invoker(
        write: Callable[[bytes], None], rest: Callable[[], Coroutine[Any, Any, None]]
    ) -> Invoker:
        raw, detail = not arguments.decode_event_strings, _setting(environ, "error_detail")
        return Invoker(
            handler, context, write,
            raw=raw, full_errors=detail == "full", audience=Audience(), rest=rest,
        )  # fmt: skip

    assert arguments.address is not None
    worker = AsyncWorker(*arguments.address, control, context, new_invoker)

    def forget_sockets() -> None:
        outlet.replace(Forked())
        control.close()
        worker.forget_sockets()

    os.register_at_fork(after_in_child=forget_sockets)
    hold(control)
    try:
        worker.start(init_context_of(handler))
    except BaseException:
        logger.error_with("Exception raised while running init_context")
        raise
    signals = Signals(worker, context)
    signals.register(worker.on_signal)
    worker.serve(signals, controls.say_ready)


def _context(
    arguments: Arguments,
    logger: Logger,
    control: socket,
    controls: ControlWriter,
    *,
    logger_per_task: bool = False,
) -> Any:
    return make_context(
        logger,
        worker_id=arguments.worker_id,
        trigger_kind=arguments.trigger_kind,
        trigger_name=arguments.trigger_name,
        platform_kind=arguments.platform_kind,
        namespace=arguments.namespace,
        control=controls.send,
        share_metrics=lambda fd: pass_file(control, fd),
        logger_per_task=logger_per_task,
    )


class ControlWriter:
    """Sends messages on the control socket, each a line of JSON and a debug record."""

    def __init__(self, outlet: Outlet, logger: Logger) -> None:
        self._outlet = outlet
        self._logger = logger
        self._encode = Encoder().encode

    async def send(self, message: dict[str, Any]) -> None:
        """What ``context.platform.explicit_ack`` awaits."""
        self.write(message)

    def say_ready(self, events: Outlet | None = None) -> None:
        """Tell that events are welcome; on the socket of ``events`` too, where there is but one.

        The record comes in one piece with that: it is no event's, however soon the first one is.
        """
        message = {"kind": "wrapperInitialized", "attributes": {"ready": "true"}}
        if events is None:
            self.write(message)
            return
        with events.together():
            events.write(b"s\n")
            self._log(message)
        self._send(message)

    def write(self, message: dict[str, Any]) -> None:
        """Send ``message``."""
        self._log(message)
        self._send(message)

    def _log(self, message: dict[str, Any]) -> None:
        """Tell how many members it has, as Nuclio's does."""
        self._logger.debug_with("Sending data on control socket", data_length=len(message))

    def _send(self, message: dict[str, Any]) -> None:
        self._outlet.write(f"{self._encode(message)}\n".encode("ascii"))


def _connect(arguments: Arguments, logger: Logger, processor: int) -> tuple[socket | None, socket]:
    """The event socket, where there is one to connect to, and the control socket."""
    events = None
    try:
        if arguments.address is None:
            events = connect(arguments.event_socket_path, logger, processor)
        return events, connect(arguments.control_socket_path, logger, processor)
    except RuntimeError:
        remove((arguments.event_socket_path, arguments.control_socket_path))
        raise


def _setting(environ: Mapping[str, str], name: str) -> str:
    """A setting of funcs, read without what else Settings would import; "" when it is not set."""
    value = environ.get(f"FUNCS_{name.upper()}")
    if value:
        return value
    import json

    try:
        config = json.loads(environ.get("FUNCS_CONFIG") or "{}")
        return str(config.get(name, ""))
    except (ValueError, AttributeError):
        return ""  # who starts the function says what is wrong with it
