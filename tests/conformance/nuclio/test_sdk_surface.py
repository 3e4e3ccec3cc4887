"""What handlers rely on of nuclio_sdk, as a worker of ours gives it to them.

Where another test compares ours with nuclio_sdk's own to the byte (events, answers, log records),
this one does not repeat it.
"""

from __future__ import annotations

import asyncio
import http.server
import io
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import msgpack
import nuclio_sdk
import nuclio_sdk.test
import pytest

from funcs.context import make_context
from funcs.event import EventReader
from funcs.logger import Logger
from funcs.worker.runner import Runner
from funcs.worker.wire import event_map, pack_event

OPTIONAL = {"offset", "topic", "content-type"}


def ask(handler: Callable[[Any, Any], Any], **changes: Any) -> Any:
    """What a handler returned for one event, as the wire has it."""
    lines = Runner(handler).handle_frame(pack_event(event_map(**changes))).splitlines()
    return json.loads(next(line[1:] for line in lines if line.startswith(b"r")))


def test_the_names_are_there() -> None:
    names = {
        "Logger", "Context", "Event", "TriggerInfo", "EventDeserializerKinds", "Platform",
        "Response", "ExceptionWithResponse", "QualifiedOffset",
    }  # fmt: skip

    assert set() == names - set(dir(nuclio_sdk))


@pytest.mark.parametrize("key", sorted(event_map().keys() - OPTIONAL))
def test_an_event_without_a_key_that_must_be_there_is_a_500(key: str) -> None:
    wire = event_map()
    del wire[key]

    lines = Runner(lambda context, event: "x").handle_frame(pack_event(wire))

    answer = json.loads(lines.splitlines()[-1][1:])
    assert 500 == answer["status_code"]
    assert answer["body"].startswith(f"Exception caught while serving - \"'{key}'\"")


def test_an_event_as_a_handler_sees_it() -> None:
    event = EventReader().read(
        msgpack.packb(event_map(path="", headers={"X-A": "b"}, body=b"\xff", timestamp=1, offset=4))
    )

    assert ("/", "1970-01-01 00:00:01", 4, False) == (
        event.path,
        str(event.timestamp),
        event.offset,
        event.last_in_batch,
    )
    assert ("b", "b", None) == tuple(map(event.get_header, ("x-a", "X-A", "other")))
    assert ("/w==", {"kind": "http", "name": "default-http"}) == (
        json.loads(event.to_json())["body"],
        json.loads(event.to_json())["trigger"],
    )
    assert event.to_json() == repr(event)


def test_a_body_that_is_a_map_on_the_wire_is_a_dict() -> None:
    assert '{"a": 1}' == ask(lambda context, event: event.body, body={"a": 1})["body"]


def test_raw_headers_are_not_found_by_text() -> None:
    event = EventReader(raw=True).read(msgpack.packb(event_map(headers={"X-A": "b"})))

    assert ({b"X-A": b"b"}, None) == (event.headers, event.get_header("X-A"))


def test_a_context_as_a_handler_sees_it() -> None:
    def handler(context: Any, event: Any) -> Any:
        context.user_data.seen = getattr(context.user_data, "seen", 0) + 1
        return {
            "seen": context.user_data.seen,
            "worker": context.worker_id,
            "trigger": [context.trigger.kind, context.trigger.name, context.trigger_name],
            "has_trigger_kind": hasattr(context, "trigger_kind"),
            "response": context.Response is nuclio_sdk.Response,
            "platform": isinstance(context.platform, nuclio_sdk.Platform),
        }

    runner = Runner(handler, worker_id="3", trigger_name="web")
    frame = pack_event(event_map())
    answers = [json.loads(runner.handle_frame(frame).splitlines()[-1][1:]) for _ in range(2)]

    assert [1, 2] == [json.loads(answer["body"]).pop("seen") for answer in answers]
    assert {
        "seen": 2,
        "worker": "3",
        "trigger": ["http", "web", "web"],
        "has_trigger_kind": False,
        "response": True,
        "platform": True,
    } == json.loads(answers[1]["body"])


@pytest.mark.parametrize(("topic", "expected"), [("t", "t"), ("", "/p"), (None, "/p")])
def test_an_offset_is_of_the_topic_or_else_the_path(topic: str | None, expected: str) -> None:
    event = EventReader().read(
        msgpack.packb(event_map(topic=topic, path="/p", shard_id=3, offset=9))
    )
    attributes = {"topic": expected, "partition": 3, "offset": 9}

    message = nuclio_sdk.QualifiedOffset.from_event(event).compile_explicit_ack_message()

    assert {"kind": "streamMessageAck", "attributes": attributes} == message
    assert message == event.compile_explicit_ack_message()


def test_of_callbacks_the_last_is_called() -> None:
    platform, called = make_context(Logger(io.StringIO())).platform, []

    async def awaited() -> None:
        called.append("awaited")

    platform.set_drain_callback(lambda: called.append("first"))
    platform.set_drain_callback(lambda: called.append("second"))
    platform.set_termination_callback(awaited)
    platform._on_signal(callback_type="drain")
    asyncio.run(platform._on_signal(callback_type="termination"))

    assert ["second", "awaited"] == called


def test_no_level_is_left_out_and_logging_has_nuclios_names_alone() -> None:
    stream = io.StringIO()
    logger = Logger(stream)
    for level in ("debug", "info", "warn", "error"):
        getattr(logger, level)("%s %d", level, 1)
        getattr(logger, f"{level}_with")("with", a=1)

    records = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert ["debug", "info", "warning", "error"] == [each["level"] for each in records[::2]]
    assert ["debug 1", "info 1", "warn 1", "error 1"] == [each["message"] for each in records[::2]]
    assert [{"a": 1}] * 4 == [each["with"] for each in records[1::2]]
    assert [] == [name for name in ("warning", "exception", "critical") if hasattr(logger, name)]


def test_a_handler_of_the_same_name_takes_the_others_place() -> None:
    first, second = io.StringIO(), io.StringIO()
    logger = Logger(io.StringIO())
    for stream in (first, second):
        logger.set_handler("mine", stream, nuclio_sdk.logger.JSONFormatter())
    logger.info("once")

    assert ("", "once") == (first.getvalue(), json.loads(second.getvalue())["message"])


class Shown:
    def __log__(self) -> str:
        return "as it says"


def test_an_object_is_logged_as_it_says() -> None:
    stream = io.StringIO()
    Logger(stream).info_with("x", shown=Shown(), none=float("nan"), low=-float("inf"))

    expected = {"shown": "as it says", "none": "NaN", "low": "-Infinity"}
    assert expected == json.loads(stream.getvalue())["with"]


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers what it was sent, with the content type that the path names."""

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        sent = {"path": self.path, "body": body.decode(), **dict(self.headers)}
        answer = json.dumps(sent).encode()
        self.send_response(203)
        if self.path != "/none":
            self.send_header("Content-Type", self.path[1:])
        self.send_header("X-MiXed", "Kept")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A handler's platform, where the function `other` answers as Echo does."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        address = f"127.0.0.1:{server.server_port}"
        monkeypatch.setenv("FUNCS_FUNCTIONS", json.dumps({"other": address}))
        yield make_context(Logger(io.StringIO())).platform
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("path", "is_decoded", "content_type"),
    [
        ("/application/json", True, "application/json"),
        ("/application/json;charset=utf-8", False, "application/json;charset=utf-8"),
        ("/none", False, "text/plain"),
    ],
)
def test_an_answer_of_another_function(
    platform: Any, path: str, is_decoded: bool, content_type: str
) -> None:
    headers = {"Content-Length": "999", "X-Own": "1"}
    event = nuclio_sdk.Event(body={"a": 1}, path=path, method="PUT", headers=headers)

    answer = platform.call_function("other", event, timeout=20)

    assert (nuclio_sdk.Response, 203) == (type(answer), answer.status_code)
    assert (content_type, "Kept") == (answer.content_type, answer.headers["x-mixed"])
    assert is_decoded == isinstance(answer.body, dict)
    sent = answer.body if is_decoded else json.loads(answer.body)
    assert ('{"a": 1}', "8", "application/json", "other", "1") == (
        sent["body"],
        sent["Content-Length"],
        sent["Content-Type"],
        sent["X-Nuclio-Target"],
        sent["X-Own"],
    )
    assert {"Content-Type": "application/json", "X-Nuclio-Target": "other", "X-Own": "1"} == headers


def test_text_is_sent_as_what_the_event_says(platform: Any) -> None:
    sent = []
    for content_type in (None, "text/x-own"):
        event = nuclio_sdk.Event(
            body="héllo".encode(), path="/application/json", method="PUT",
            content_type=content_type, headers={"X-Nuclio-Target": "chosen"},
        )  # fmt: skip
        body = platform.call_function("other", event).body
        sent.append((body["body"], body["Content-Type"], body["X-Nuclio-Target"]))

    assert [("héllo", "text/plain", "chosen"), ("héllo", "text/x-own", "chosen")] == sent


def test_a_service_name_of_ones_own_is_taken(platform: Any) -> None:
    event = nuclio_sdk.Event(path="/application/json", method="PUT", body="x")

    answer = platform.call_function("any", event, service_name_override="nuclio-nuclio-other")

    assert "any" == answer.body["X-Nuclio-Target"]


def handler(context: Any, event: Any) -> Any:
    context.logger.info("tested")
    return [context.user_data.ready, event.body, context.platform.kind]


def init_context(context: Any) -> None:
    context.user_data.ready = True


def test_nuclios_own_test_platform_runs_handlers(capsys: pytest.CaptureFixture[str]) -> None:
    assert "init_context" in vars(sys.modules[handler.__module__])
    platform = nuclio_sdk.test.Platform()

    outcome = platform.call_handler(handler, nuclio_sdk.Event(body="b"))

    assert [True, "b", "test"] == outcome
    logging.getLogger("mock_platform").handlers.clear()
