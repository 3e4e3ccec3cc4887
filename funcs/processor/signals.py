"""Lets signals end a processor in its own time."""

from __future__ import annotations

import os
import signal

from funcs.processor.handshake import Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from funcs.processor.processor import Processor


def stop_on_signal(processor: Processor) -> None:
    """Stop ``processor`` when SIGTERM, SIGINT or SIGABRT comes; further ones change nothing."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)

    def read() -> None:
        for number in os.read(reader, 64):
            word = signal.strsignal(number) or str(number)
            processor.sink.log("warn", "processor", "Got system signal", {"signal": word.lower()})
            processor.begin_stop()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGABRT):
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    processor.reactor.watch(reader, Watch(read))
