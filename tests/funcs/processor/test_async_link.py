"""Many events at once in one worker: a processor of level 1.15 with `mode: async`."""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from funcs._data import data_folder
from funcs.errors import ProcessorError
from funcs.processor.channel import Channel
from funcs.settings import Settings
from tests.funcs.processor.conftest import Serve
from tests.funcs.processor.flood import Flood, until
from tests.funcs.processor.serving import PROBE, Asking, Serving

AWAITS = PROBE.parent / "awaits"


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    """One worker that has up to forty events at once."""
    started = Serving(folder=AWAITS, nuclio="1.15", connections=40, is_observed=True)
    started.start()
    yield started
    started.close()


def begin(serve: Serve, **options: object) -> Serving:
    return serve(folder=AWAITS, nuclio="1.15", **{"connections": 8, **options})


def test_many_events_wait_in_one_process_at_once(serving: Serving) -> None:
    before = int(serving.get("/waiting")[1])
    asking = [Asking(serving, f"/wait/{number}") for number in range(30)]
    until(lambda: int(serving.get("/waiting")[1]) == before + 30)

    for number in reversed(range(30)):
        assert (200, "woken") == serving.get(f"/wake/{number}")

    assert [(200, str(number)) for number in range(30)] == [each.answer() for each in asking]
    assert 1 == len({serving.get("/pid")[1] for _ in range(5)})
    assert {"name": "29", "worker_id": "0"} == serving.records.until("waits", 30) | {"name": "29"}


def test_more_than_are_allowed_wait_for_their_turn(serve: Serve) -> None:
    serving = begin(serve, connections=2, availability_timeout_s=0.3)
    held = [Asking(serving, f"/wait/{name}") for name in "ab"]
    until(lambda: all(each.caller for each in channels(serving)) and len(channels(serving)) == 2)

    assert (503, "") == serving.get("/pid")
    assert 2 == len(held)


def channels(serving: Serving) -> list[Channel]:
    return list(serving.processor.pools["web"].crew.links[0].channels)


def test_an_event_that_takes_too_long_is_cancelled_alone(serve: Serve) -> None:
    serving = begin(serve, event_timeout_s=0.4)
    pid = serving.get("/pid")[1]

    status, body = serving.get("/wait/a")

    assert (408, '{"error": "handler timed out"}') == (status, body)
    until(lambda: serving.get("/cancelled")[1] == "a")
    assert pid == serving.get("/pid")[1]


def test_a_handler_that_does_not_await_costs_the_process_when_it_takes_too_long(
    serve: Serve,
) -> None:
    serving = begin(serve, event_timeout_s=0.4)
    pid = serving.get("/pid")[1]

    assert 408 == serving.get("/blocks")[0]

    until(lambda: serving.get("/pid")[1] not in ("", pid, '{"error": "handler timed out"}'))


def test_a_worker_that_ends_fails_all_that_are_under_way_in_it(serve: Serve) -> None:
    serving = begin(serve)
    held = [Asking(serving, f"/wait/{name}") for name in "abc"]
    until(lambda: serving.get("/waiting")[1] == "3")

    status, body = serving.get("/dies")

    assert 500 == status
    assert "exit status 3" in body
    assert {500} == {each.answer()[0] for each in held}
    assert 200 == serving.get("/pid")[0]


def test_all_that_wait_for_a_new_process_are_under_way_in_it_at_once(serve: Serve) -> None:
    serving = begin(serve)
    pool = serving.processor.pools["web"]
    serving.get("/dies")
    held = [Asking(serving, f"/wait/{name}") for name in "abcdef"]

    until(lambda: sum(each.caller is not None for each in channels(serving)) == 6)

    assert not pool.waiting
    assert 6 == len(held)


def test_a_client_that_leaves_stops_its_stream_and_nobody_elses(serving: Serving) -> None:
    before = serving.get("/cancelled")[1].count("left")
    with serving.connect() as client, serving.connect() as other:
        for name, each in (("left", client), ("stays", other)):
            each.sendall(f"GET /stream/{name} HTTP/1.1\r\nHost: f\r\n\r\n".encode())
            each.recv(1 << 16)
        client.close()

        until(lambda: serving.get("/cancelled")[1].count("left") == before + 1)

        assert "stays" not in serving.get("/cancelled")[1]
        assert other.recv(1 << 16)


def test_a_stream_that_is_stopped_makes_room_for_who_waits(serve: Serve) -> None:
    serving = begin(serve, connections=1)
    with serving.connect() as client:
        client.sendall(b"GET /stream/left HTTP/1.1\r\nHost: f\r\n\r\n")
        client.recv(1 << 16)
        waiting = Asking(serving, "/pid")
        until(lambda: bool(serving.processor.pools["web"].waiting))

    assert 200 == waiting.answer()[0]


def test_a_flood_is_answered_whole(serving: Serving) -> None:
    flood = Flood(serving, ["/pid"] * 400, connections=32)

    assert {200} == set(flood.answers().values())


def test_two_workers_share_the_events(serve: Serve) -> None:
    serving = begin(serve, workers=2)
    with ThreadPoolExecutor(8) as askers:
        pids = {body for _, body in askers.map(serving.get, ["/pid"] * 40)}

    assert {str(link.process.pid) for link in serving.processor.pools["web"].crew.links} >= pids


def test_a_rush_is_spread_over_the_workers(serve: Serve) -> None:
    serving = begin(serve, workers=2)
    held = [Asking(serving, f"/wait/{name}") for name in "abcdefgh"]
    links = serving.processor.pools["web"].crew.links

    until(lambda: sum(each.caller is not None for link in links for each in link.channels) == 8)

    assert [4, 4] == [len(link.channels) for link in links]
    assert 8 == len(held)


def test_what_is_under_way_is_answered_when_the_processor_stops(serve: Serve) -> None:
    serving = begin(serve)
    held = Asking(serving, "/wait/a")
    until(lambda: serving.get("/waiting")[1] == "1")
    woken = Asking(serving, "/wake/a")
    assert (200, "woken") == woken.answer()

    serving.run(serving.processor.stop())

    assert (200, "a") == held.answer()


def test_a_reload_changes_the_process_over_and_finishes_what_it_had(serve: Serve) -> None:
    serving = begin(serve)
    pid = serving.get("/pid")[1]
    flood = Flood(serving, ["/pid"] * 200, connections=8)

    serving.run(serving.processor.reload())

    assert {200} == set(flood.answers().values())
    assert pid != serving.get("/pid")[1]


def test_a_plain_handler_is_refused_at_the_start(serve: Serve) -> None:
    serving = begin(serve, handler="main:plain", is_started=False)

    with pytest.raises(ProcessorError, match="exited unexpectedly with: exit status 1"):
        serving.start()


def test_a_worker_may_open_a_file_for_each_of_its_events(serve: Serve) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    try:
        serving = begin(serve, connections=500)

        assert min(1000, hard) <= int(serving.get("/files")[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_level_1_14_passes_the_mode_over_and_says_so(serve: Serve) -> None:
    serving = serve(folder=AWAITS, connections=8, settings=Settings(nuclio="1.14"))

    assert 200 == serving.get("/pid")[0]
    assert "web" == serving.records.until("mode: async is passed over")["trigger"]


GRAPH = """
import asyncio

import funcs

OPEN = asyncio.Event()


class Held(funcs.Model):
    async def predict(self, inputs):
        if inputs == ["open"]:
            OPEN.set()
        await OPEN.wait()
        return inputs


graph = funcs.Graph("held")
graph.to(Held, name="held").respond()
"""


def test_a_graph_awaits_many_events_at_once(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(GRAPH)
    folders = [str(tmp_path), str(data_folder("handlers") / "serving")]
    environ = {"NUCLIO_PYTHON_PATH": os.pathsep.join(folders)}
    environ["FUNCS_CONFIG"] = json.dumps({"graph": "main:graph"})
    serving = begin(serve, handler="function:async_handler", environ=environ)
    body = b'{"inputs": ["wait"]}'
    with ThreadPoolExecutor(4) as askers:
        asked = [askers.submit(serving.ask, "POST", "/", body) for _ in range(4)]
        until(lambda: sum(each.caller is not None for each in channels(serving)) == 4)

        opened = serving.ask("POST", "/", b'{"inputs": ["open"]}')

        assert [200] * 5 == [opened[0], *[each.result()[0] for each in asked]]
