"""Requests in, answers out: whole, cut, mutated, random."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.funcs.processor.front import Event, Front, greet

GET = b"GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
)
TRAILERS = b"PUT /t HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-T: 1\r\n\r\n"
EXPECT = b"POST /e HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi"
HEAD = b"HEAD /h HTTP/1.1\r\nHost: x\r\n\r\n"
OLD = b"GET /o HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
FORM = (
    b"POST /f HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: 59\r\n"
    b'\r\n--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--B--\r\n'
)
CLOUD = (
    b"POST /ce HTTP/1.1\r\nContent-Type: application/cloudevents\r\nContent-Length: 31\r\n\r\n"
    b'{"eventID": "i", "source": "s"}'
)
HEALTH = b"GET /__internal/health HTTP/1.1\r\nHost: x\r\n\r\n"
KINDS = [GET, POST, CHUNKED, TRAILERS, EXPECT, HEAD, OLD, FORM, CLOUD, HEALTH]

BAD = b"400 Bad Request"
ANSWER = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r\n]+\r\n(?:[^\r\n]+\r\n)*\r\n")


def test_a_request_is_answered_and_the_connection_kept() -> None:
    client = Front().connect()

    first, second = client.say(GET), client.say(POST)

    head = b"HTTP/1.1 200 OK\r\nServer: nuclio\r\nDate: now\r\nContent-Type: text/plain\r\n"
    assert head + b"Content-Length: 8\r\n\r\nGET /a 0" == first
    assert head + b"Content-Length: 9\r\n\r\nPOST /p 5" == second
    assert not client.is_shut


def test_pipelined_requests_are_answered_in_order() -> None:
    answers = Front().connect().say(b"".join(KINDS))

    words = re.findall(rb"(GET|POST|PUT) (/\w+)", answers)
    assert [b"/a", b"/p", b"/c", b"/t", b"/e", b"/o", b"/f", b"/ce"] == [path for _, path in words]


def test_a_flood_of_pipelined_requests_needs_no_deep_stack() -> None:
    answers = Front().connect().say(GET * 5000)

    assert 5000 == answers.count(b"HTTP/1.1 200 OK")


def test_a_request_waits_for_the_answer_to_the_one_before() -> None:
    front = Front(lambda event: None)
    client = front.connect()

    client.say(GET + POST)

    assert ["/a"] == [event["path"] for event in front.events]
    front.waiting.pop().unavailable()
    assert ["/a", "/p"] == [event["path"] for event in front.events]
    assert client.say(b"").startswith(b"HTTP/1.1 503 Service Unavailable\r\nServer: nuclio\r\n")


def test_an_answer_waits_for_room() -> None:
    front = Front()
    client = front.connect(room=10)
    client.say(GET + GET)

    received = b""
    while client.connection._unsent:
        client.connection.on_event(4)
        received += client.say(b"")

    assert 2 == received.count(b"GET /a 0")


def test_a_client_that_says_no_more_gets_its_answer() -> None:
    front = Front(lambda event: None)
    client = front.connect()
    client.say(GET)

    client.connection.has_ended = True
    client.connection.ended()
    front.waiting.pop().answered(b'r{"body": "late", "body_encoding": "text"}')

    assert b"late" in client.say(b"")
    assert client.is_shut


def test_a_client_that_is_gone_costs_nothing() -> None:
    front = Front(lambda event: None)
    client = front.connect()
    client.say(GET)

    client.connection.close()
    front.waiting.pop().answered(b'r{"body": "late", "body_encoding": "text"}')

    assert b"" == client.say(b"")


@pytest.mark.parametrize(
    "head",
    [b"Content-Length: abc", b"Content-Length: 1\r\nContent-Length: 2", b"Transfer-Encoding: gzip",
     b"Transfer-Encoding: chunked\r\nContent-Length: 3", b"X Y: 1", b": v", b"X: a\r\n b",
     b"X: a\x00b", b"Content-Length: 99999999999999999999"],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_refused(head: bytes) -> None:
    client = Front().connect()

    answer = client.say(b"POST / HTTP/1.1\r\n" + head + b"\r\n\r\nabc")

    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert answer.endswith(b"Connection: close\r\n\r\nError when parsing request")
    assert client.is_shut


def test_what_will_never_be_a_request_is_refused_before_its_end() -> None:
    client = Front().connect()

    assert BAD in client.say(b"\x16\x03\x01\x02\x00\x01")


def test_lines_that_end_with_lf_alone_are_refused_without_waiting() -> None:
    client = Front().connect()

    assert BAD in client.say(b"GET / HTTP/1.1\nHost: x\n\n")


def test_a_head_is_refused_when_it_is_too_large_whole_or_not() -> None:
    whole, part = Front(readBufferSize=64).connect(), Front(readBufferSize=64).connect()
    big = b"GET / HTTP/1.1\r\nX: " + b"v" * 64

    assert b"431 Request Header Fields Too Large" in whole.say(big + b"\r\n\r\n")
    assert b"431 Request Header Fields Too Large" in part.say(big)


def test_a_body_is_refused_by_its_announced_length() -> None:
    client = Front(maxRequestBodySize=4).connect()

    assert BAD in client.say(POST[:-5])


def test_a_chunked_body_is_refused_when_it_grew_too_large() -> None:
    client = Front(maxRequestBodySize=4).connect()

    assert BAD in client.say(CHUNKED)


def test_a_header_of_a_handler_cannot_begin_another_line() -> None:
    def work(event: Event) -> Any:
        hostile = {"X-A": "1\r\nX-B: 2", "X-C\r\nX-D": "3", "X-E\n": "4", "Set-Cookie": "a\rb"}
        return dict(greet(event), headers=hostile, content_type="text/a\r\nX-F: 5")

    lines = Front(work).connect().say(GET).split(b"\r\n")

    assert b"X-A: 1  X-B: 2" in lines
    assert b"Set-Cookie: a b" in lines
    assert b"Content-Type: text/a  X-F: 5" in lines
    assert [] == [line for line in lines if line.startswith((b"X-B", b"X-D", b"X-E", b"X-F"))]


def test_a_known_head_is_understood_as_it_was_the_first_time() -> None:
    front = Front()
    for _ in range(3):
        front.connect().say(POST)

    first, *others = [{**event, "id": "", "timestamp": 0} for event in front.events]

    assert [first, first] == others
    assert 3 == len({event["id"] for event in front.events})
    assert 1 == len(front.trigger.known)


def test_heads_are_forgotten_before_they_are_too_many() -> None:
    front = Front()
    client = front.connect()
    for number in range(3000):
        client.say(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number)

    assert len(front.trigger.known) <= 1024


@given(
    st.lists(st.sampled_from(KINDS), min_size=1, max_size=4),
    st.lists(st.integers(0, 400), max_size=6),
)
@example([EXPECT, CHUNKED, GET], [60, 61, 62])
@example([GET, GET, GET], [43, 65, 66])
def test_where_the_bytes_are_cut_changes_nothing(requests: list[bytes], cuts: list[int]) -> None:
    data = b"".join(requests)
    whole = Front().connect().say(data)
    client = Front().connect()

    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(edges)]
    cut = b"".join(client.say(piece) for piece in pieces)

    assert whole == cut


@given(
    st.sampled_from(KINDS),
    st.lists(st.tuples(st.integers(0, 200), st.binary(max_size=3), st.integers(0, 3)), max_size=4),
)
def test_a_mutated_request_is_answered_or_refused(
    request: bytes, edits: list[tuple[int, bytes, int]]
) -> None:
    for at, put, taken in edits:
        request = request[:at] + put + request[at + taken :]
    front = Front()
    client = front.connect()

    answers = client.say(request)

    assert_answers(answers)
    if not client.is_shut:
        assert_answers(client.say(GET))


@given(st.binary(max_size=300))
@example(b"\r\n\r\n\r\n\r\n")
@example(b"GET / HTTP/1.1\r\n\r\n" * 3 + b"\x00")
def test_random_bytes_are_answered_or_refused(data: bytes) -> None:
    assert_answers(Front().connect().say(data))


def assert_answers(data: bytes) -> None:
    """Every byte belongs to an answer with a proper head."""
    while data:
        head = ANSWER.match(data)
        assert head is not None, data
        length = re.search(rb"\r\nContent-Length: (\d+)\r\n", head[0])
        if head[1] not in (b"100", b"204") and length is None:
            assert b"GET" not in data  # an answer to HEAD
        size = int(length[1]) if length and not data.startswith(b"HEAD", head.end()) else 0
        rest = data[head.end() :]
        data = rest if rest.startswith(b"HTTP/1.1 ") else rest[size:]
