"""Handlers that do what no handler should: what their caller gets, and that nobody else notices."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from http.client import RemoteDisconnected
from pathlib import Path

import pytest

from tests.funcs.processor.conftest import Serve
from tests.funcs.processor.flood import until
from tests.funcs.processor.household import Household, socket_files
from tests.funcs.processor.program import fetch, program, serving_port
from tests.funcs.processor.serving import PROBE, Asking, Serving

HOSTILE = PROBE.parent / "hostile"
DIED = "the worker ended before it answered"
CAUGHT = "Exception caught in handler"
STEP = "the worker wrote an answer to no event"
SLOW = '{"error": "handler timed out"}'


class Ward:
    """Two workers of the hostile function, and who they are."""

    def __init__(self, *, event_timeout_s: float = 0.0) -> None:
        self.household = Household()
        self.serving = Serving(
            folder=HOSTILE,
            workers=2,
            event_timeout_s=event_timeout_s,
            environ=self.household.environ,
        )
        self.serving.start()

    def settled(self) -> set[int]:
        """The workers' process ids, once all are up and nothing else is left of any."""
        crew = self.serving.processor.pools["web"].crew
        until(lambda: crew.is_ready and len(self.serving.processor.pools["web"].idle) == 2)
        pids = {link.process.pid for link in crew.links}
        until(lambda: self.household.pids() == pids)
        return pids

    def close(self) -> None:
        self.serving.close()
        self.household.until_gone()
        assert [] == socket_files(self.serving)


@pytest.fixture(scope="module")
def ward() -> Iterator[Ward]:
    made = Ward()
    yield made
    made.close()


@pytest.fixture(scope="module")
def timed() -> Iterator[Ward]:
    """The same with an eventTimeout."""
    made = Ward(event_timeout_s=0.5)
    yield made
    made.close()


def check(ward: Ward, path: str, status: int, body: str, *, replaces: bool | None) -> None:
    """Ask for the harm; ``replaces`` says whether it costs the worker (None: it may)."""
    before = ward.settled()
    asking = Asking(ward.serving, path)

    others = {ward.serving.get("/hello") for _ in range(8)}

    assert (status, body) == (asking.answer()[0], asking.answer()[1][: len(body)])
    assert {(200, "hello")} == others
    after = ward.settled()
    assert replaces is None or (1 if replaces else 2) == len(before & after)
    assert {(200, "hello")} == {ward.serving.get("/hello") for _ in range(4)}
    until(lambda: not socket_files(ward.serving))  # those of a worker that comes up go soon


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/leave/3", f"{DIED} (exit status 3)"),
        ("/leave/0", f"{DIED} (exit status 0)"),
        ("/crash", f"{DIED} (signal: segmentation fault)"),
        ("/abort", f"{DIED} (signal: aborted)"),
        ("/close-all/3", DIED),  # it ends by itself, or is helped to
        ("/close-all/0", DIED),
        ("/close-events", DIED),
        ("/close-events-and-stay", f"{DIED} (signal: killed)"),
        ("/scribble/no-answer", "invalid character"),
    ],
)
def test_a_handler_that_ends_its_worker_costs_its_own_event(
    ward: Ward, path: str, body: str
) -> None:
    check(ward, path, 500, body, replaces=True)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/throw/SystemExit", CAUGHT),
        ("/throw/KeyboardInterrupt", CAUGHT),
        ("/throw/GeneratorExit", CAUGHT),
        ("/throw/StopIteration", CAUGHT),
        ("/throw/MemoryError", CAUGHT),
        ("/throw/RecursionError", CAUGHT),
        ("/recurse", CAUGHT),
    ],
)
def test_whatever_a_handler_raises_its_worker_goes_on(ward: Ward, path: str, body: str) -> None:
    check(ward, path, 500, body, replaces=False)


def test_a_handler_that_uses_up_its_memory_is_a_500(ward: Ward) -> None:
    check(ward, "/exhaust", 500, "", replaces=None)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/unlink-sockets", "unlinked"),
        ("/chatter", "chattering"),
        ("/log/long", "logged"),
        ("/log/many", "logged"),
        ("/log/strange", "logged"),
        ("/scribble/noise", "scribbled"),
        ("/scribble/other-kinds", "scribbled"),
        ("/scribble/half-a-record", "scribbled"),
        ("/scribble/endless", "scribbled"),
        ("/fork", "from the worker"),
        ("/fork-on-loop", "from the worker"),
        ("/fork-exits/5", "5"),
        ("/fork-fails", "1"),
        ("/share-out", "[1, 2, 3]"),
        ("/tasks", "left running"),
    ],
)
def test_a_handler_may_do_harm_to_itself(ward: Ward, path: str, body: str) -> None:
    check(ward, path, 200, body, replaces=False)


@pytest.mark.parametrize(
    ("path", "body", "then"),
    [
        ("/change", "changed", "hello"),
        ("/starve", "starved", "hello"),
        ("/patch", "patched", "hello"),
        ("/patch", "patched", "throw/ValueError"),
    ],
)
def test_what_a_handler_changes_of_its_process_is_for_that_alone(
    path: str, body: str, then: str
) -> None:
    ward = Ward()
    check(ward, path, 200, body, replaces=None)

    answers = [ward.serving.get(f"/{then}") for _ in range(4)]

    expected = (200, "hello") if then == "hello" else (500, f'{CAUGHT} - "as asked"')
    assert {expected} == set(answers)
    ward.close()


def test_an_event_that_its_worker_did_not_read_goes_to_the_next(serve: Serve) -> None:
    serving = serve()
    pid = int(serving.get("/pid")[1])
    os.kill(pid, signal.SIGSTOP)
    asking = Asking(serving, "/pid")
    until(lambda: len(serving.processor.pools["web"].crew.busy()) == 1)

    os.kill(pid, signal.SIGKILL)

    status, body = asking.answer()
    assert 200 == status
    assert str(pid) != body


@pytest.mark.parametrize("path", ["/block", "/block-alone", "/block-on-loop", "/freeze"])
def test_a_handler_that_never_ends_is_answered_in_time(timed: Ward, path: str) -> None:
    check(timed, path, 408, SLOW, replaces=True)


def test_a_forged_answer_costs_the_worker_and_reaches_no_other_caller(serve: Serve) -> None:
    serving = serve(folder=HOSTILE)
    first = serving.get("/pid")[1]

    assert (200, "forged") == serving.get("/scribble/an-answer-too-many")
    until(lambda: any(each[2].startswith(STEP) for each in serving.records.logged))

    assert (200, "hello") == serving.get("/hello")
    assert first != serving.get("/pid")[1]


@pytest.mark.parametrize("path", ["/fork-stays", "/child-stays"])
def test_what_a_handler_leaves_running_ends_with_its_worker(ward: Ward, path: str) -> None:
    told = json.loads(ward.serving.get(path)[1])
    assert [] == told.get("sockets", [])
    assert told["pid"] in ward.household.pids()

    for _ in range(2):  # one of both workers has it
        ward.serving.get("/leave/9")
        until(lambda: len(ward.serving.processor.pools["web"].idle) == 2)

    ward.household.until_gone(told["pid"])
    ward.settled()


def test_records_of_a_fork_go_to_the_workers_output(
    serve: Serve, capfd: pytest.CaptureFixture[str]
) -> None:
    serving = serve(folder=HOSTILE)

    serving.get("/fork")

    assert '"message": "a record of the fork"' in capfd.readouterr().out


def test_many_and_long_records_reach_the_sink(serve: Serve) -> None:
    serving = serve(folder=HOSTILE)

    serving.get("/log/many")
    serving.get("/log/long")
    serving.get("/log/strange")

    assert 9999 == serving.records.until("one of many", 10_000)["number"]
    serving.records.until("x" * (8 << 20))
    assert "\ud800" == serving.records.until("strange")["d"]


@pytest.mark.parametrize("kind", ["text", "binary"])
def test_a_large_answer_is_whole(ward: Ward, kind: str) -> None:
    body = ward.serving.ask("GET", f"/{kind}/64")[2]

    expected = b"t" * (64 << 20) if kind == "text" else bytes(range(256)) * (64 << 12)
    assert expected == body


@pytest.mark.parametrize("path", ["/text/3", "/binary/2", "/scribble/endless"])
def test_an_answer_beyond_the_limit_is_a_sentence(serve: Serve, path: str) -> None:
    serving = serve(folder=HOSTILE, max_response_mb=2)
    before = serving.get("/pid")[1]

    status, body = serving.get(path)

    assert 500 == status
    assert (
        "the worker wrote a line longer than 2 MB (max_response_mb); a new one takes its place"
    ) == body
    assert (200, "hello") == serving.get("/hello")
    assert before != serving.get("/pid")[1]
    assert 1 << 20 == len(serving.get("/text/1")[1])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["text", "binary"])
def test_an_answer_far_beyond_the_limit_is_a_sentence_and_never_held(
    tmp_path: Path, kind: str
) -> None:
    limit = {"FUNCS_MAX_RESPONSE_MB": "32"}
    process = program(tmp_path, folder=HOSTILE, workers=2, environ=limit)
    port = serving_port(process)
    reading = threading.Thread(target=process.communicate, daemon=True)
    reading.start()

    answer = fetch(port, f"/{kind}/300")

    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"the worker wrote a line longer than 32 MB (max_response_mb)" in answer
    assert {b"hello"} == {fetch(port, "/hello")[-5:] for _ in range(4)}
    status = Path(f"/proc/{process.pid}/status").read_text()
    assert int(status.partition("VmHWM:")[2].split()[0]) < 128 * 1024
    process.terminate()
    reading.join(20)


@pytest.mark.slow
def test_a_handler_that_never_ends_does_not_keep_the_processor() -> None:
    ward = Ward()
    pool = ward.serving.processor.pools["web"]
    pool.crew.termination_timeout_s = 0.05
    asking = Asking(ward.serving, "/block")
    until(lambda: len(pool.crew.busy()) == 1)

    ward.serving.run(ward.serving.processor.stop())

    with pytest.raises(RemoteDisconnected):  # Nuclio 1.14 cuts it too
        asking.answer()
    ward.household.until_gone()
