"""A worker process over its sockets, from its start to its end."""

from __future__ import annotations

import json
import signal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from funcs.worker.wire import event_map, pack_event
from tests.funcs.worker.conftest import Start

ECHO = """
def handler(context, event):
    return event.path
"""


def test_it_says_that_it_started_and_is_ready(start: Start) -> None:
    worker = start(ECHO, ready=False)

    assert [b"s"] == worker.until_ready()
    ready = {"kind": "wrapperInitialized", "attributes": {"ready": "true"}}
    assert ready == json.loads(worker.line("control"))


def test_it_answers_event_after_event(start: Start) -> None:
    worker = start(ECHO)

    assert ["/a", "/b", "/c"] == [worker.ask(path=path) for path in ("/a", "/b", "/c")]


def test_events_that_come_together_are_answered_in_order(start: Start) -> None:
    worker = start(ECHO)
    paths = [f"/{number}" for number in range(50)]
    worker.send_bytes(b"".join(pack_event(event_map(path=path)) for path in paths))

    assert paths == [worker.result().body.decode() for _ in paths]


@pytest.mark.parametrize("size", [60_000, 65_536, 70_000, 3_000_000])
def test_a_large_event_and_a_large_answer_are_whole(start: Start, size: int) -> None:
    worker = start("def handler(context, event):\n    return event.body * 2\n")
    body = bytes(range(256)) * (size // 256)
    worker.send(body=body)

    assert body * 2 == worker.result().body


def test_a_clean_end_of_the_stream_ends_it(start: Start) -> None:
    worker = start(ECHO)
    worker.ask()
    worker.close()

    assert 0 == worker.exit_code()
    assert "" == worker.err()


def test_a_frame_without_length_is_answered_and_ends_it(start: Start) -> None:
    worker = start(ECHO)
    worker.send_bytes(b"\x00\x00\x00\x00")

    result = worker.result()
    assert (500, True) == (result.status_code, b"Illegal message size: 0" in result.body)
    assert 1 == worker.exit_code()


@pytest.mark.parametrize("cut", [b"\x00", b"\x00\x00\x01\x00abc", b"\xff\xff\xff\xffabc"])
def test_a_frame_cut_short_ends_it(start: Start, cut: bytes) -> None:
    worker = start(ECHO)
    worker.send_bytes(cut)
    worker.close()

    assert 1 == worker.exit_code()
    assert "" == worker.err()


def test_a_frame_that_is_no_event_is_a_500_and_the_next_event_is_fine(start: Start) -> None:
    worker = start(ECHO)

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.binary(min_size=1, max_size=200))
    def check(payload: bytes) -> None:
        worker.send_bytes(len(payload).to_bytes(4, "big") + payload)
        assert 500 == worker.result().status_code

    check()
    assert "/after" == worker.ask(path="/after")


def test_text_that_is_not_utf8_is_a_500_and_the_next_event_is_fine(start: Start) -> None:
    worker = start(ECHO)
    worker.send(headers={"X": b"\xe9".decode("utf-8", "surrogateescape")})

    assert b"'utf-8' codec can't decode byte 0xe9" in worker.result().body
    assert "/after" == worker.ask(path="/after")


def test_without_the_flag_text_is_bytes(start: Start) -> None:
    code = (
        "def handler(context, event):\n    return repr([event.path, event.headers, event.body])\n"
    )
    worker = start(code, extra=())
    seen = worker.ask(path="/a", headers={"X": "y"}, body=b"[1]", content_type="application/json")

    assert "[b'/a', {b'X': b'y'}, [1]]" == seen


def test_a_large_log_record_is_whole_though_the_reader_is_slow(start: Start) -> None:
    worker = start(
        "def handler(context, event):\n"
        "    context.logger.info('x' * 2_000_000)\n"
        "    return 'done'\n"
    )
    worker.send()

    assert "x" * 2_000_000 == worker.record()["message"]
    assert "done" == worker.result().body.decode()


def test_threads_that_log_at_once_never_cut_each_other(start: Start) -> None:
    code = """
import threading

def talk(context, name):
    for number in range(200):
        context.logger.info_with(name * 3000, number=number)

def handler(context, event):
    threads = [threading.Thread(target=talk, args=(context, name)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return "done"
"""
    worker = start(code)
    worker.send()
    seen = {name: [] for name in "abcd"}  # type: dict[str, list[int]]
    for _ in range(800):
        record = worker.record()
        assert record["message"] == record["message"][0] * 3000
        seen[record["message"][0]].append(record["with"]["number"])

    assert {name: list(range(200)) for name in "abcd"} == seen
    assert "done" == worker.result().body.decode()


def test_prints_go_to_the_workers_own_output(start: Start) -> None:
    worker = start("def handler(context, event):\n    print('seen')\n    return 'x'\n")
    worker.ask()

    assert "seen\n" in worker.out()


def test_ctrl_c_is_left_to_the_processor(start: Start) -> None:
    worker = start(ECHO)
    for _ in range(20):
        worker.signal(signal.SIGINT)
        assert "/a" == worker.ask(path="/a")


def test_it_ends_when_the_processor_ends_in_the_midst_of_an_answer(start: Start) -> None:
    worker = start("def handler(context, event):\n    return 'x' * 5_000_000\n")
    worker.send()
    worker.close()

    assert worker.exit_code() in (0, 1)
    assert "" == worker.err()


def test_it_ends_quietly_when_the_processor_is_killed(start: Start) -> None:
    worker = start("def handler(context, event):\n    return 'x'\n")
    worker.send()
    worker.peek()  # the answer stays unread: closing resets the connection
    worker.close()

    assert 0 == worker.exit_code()
    assert "" == worker.err()


def test_an_explicit_ack_goes_over_the_control_socket(start: Start) -> None:
    worker = start(
        "import nuclio_sdk\n"
        "async def handler(context, event):\n"
        "    offset = nuclio_sdk.QualifiedOffset.from_event(event)\n"
        "    await context.platform.explicit_ack(offset)\n"
        "    return 'acked'\n"
    )
    worker.line("control")
    worker.send(path="/topic", shard_id=3, offset=9)

    assert {"data_length": 2, "worker_id": "7"} == worker.record()["with"]
    attributes = {"topic": "/topic", "partition": 3, "offset": 9}
    assert {"kind": "streamMessageAck", "attributes": attributes} == json.loads(
        worker.line("control")
    )
    assert "acked" == worker.result().body.decode()
