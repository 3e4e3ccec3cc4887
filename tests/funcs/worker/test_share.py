"""A worker's metrics, on the control socket of whatever processor it has."""

from __future__ import annotations

import array
import json
import os
import socket

from funcs.metrics.memory import MemoryReader
from tests.funcs.worker.conftest import Start
from tests.funcs.worker.process import WorkerProcess

COUNTS = """
def handler(context, event):
    context.metrics.counter("c_total").inc()
    context.logger.info("counted")
    return str(context.metrics["c_total"].value())
"""


def control_of(worker: WorkerProcess) -> socket.socket:
    return worker._sockets["control"]


def test_the_file_comes_once_with_a_message_of_our_kind(start: Start) -> None:
    worker = start(COUNTS)
    worker.line("control")  # wrapperInitialized
    assert "1.0" == worker.ask()

    size = array.array("i").itemsize
    line, ancillary, _, _ = control_of(worker).recvmsg(4096, socket.CMSG_SPACE(size))

    assert {"kind": "funcsMetrics", "attributes": {}} == json.loads(line)
    assert [(socket.SOL_SOCKET, socket.SCM_RIGHTS)] == [each[:2] for each in ancillary]
    fd = array.array("i", ancillary[0][2])[0]
    reader = MemoryReader.of_file(fd)
    assert {(): [1.0]} == reader.families()["c_total"].samples
    assert "2.0" == worker.ask()
    assert {(): [2.0]} == reader.families()["c_total"].samples
    worker.stop()
    assert {(): [2.0]} == reader.families()["c_total"].samples
    os.close(fd)


def test_an_event_has_no_record_of_it(start: Start) -> None:
    worker = start(COUNTS)
    worker.send()

    assert "counted" == worker.record()["message"]


def test_a_processor_that_knows_no_metrics_reads_one_line_more(start: Start) -> None:
    worker = start(COUNTS)
    assert "wrapperInitialized" == json.loads(worker.line("control"))["kind"]
    assert ["1.0", "2.0"] == [worker.ask(), worker.ask()]

    assert "funcsMetrics" == json.loads(worker.line("control"))["kind"]


def test_a_processor_that_has_closed_the_control_socket_costs_no_event(start: Start) -> None:
    worker = start(COUNTS)
    control_of(worker).close()

    assert ["1.0", "2.0"] == [worker.ask(), worker.ask()]


FILLS = """
import os, socket

def control():
    for fd in range(3, 100):
        try:
            end = socket.socket(fileno=os.dup(fd))
        except OSError:
            continue
        if str(end.getpeername()).endswith("control"):
            return end

def init_context(context):
    end = control()
    try:
        while True:
            end.send(b"x" * 100, socket.MSG_DONTWAIT)
    except BlockingIOError:
        context.metrics
"""


def test_a_processor_that_reads_no_control_message_is_not_waited_for(start: Start) -> None:
    worker = start(FILLS + COUNTS, ready=False)
    worker.accept()
    while worker.line() != b"s":
        pass
    control_of(worker).recv(1 << 20)  # room for wrapperInitialized

    assert ["1.0", "2.0"] == [worker.ask(), worker.ask()]
