"""What a wrapper may write in whatever order, over one socket or many, and what callers get."""

from __future__ import annotations

import http.client

import pytest

from tests.funcs.processor.conftest import Serve
from tests.funcs.processor.flood import until
from tests.funcs.processor.serving import DEADLINE_S, PROBE, Serving

WRAPPER = {"NUCLIO_PYTHON_WRAPPER_PATH": str(PROBE.parent / "garbled" / "wrapper.py")}

FIRST = (
    b'c{"body": "one", "content_type": "", "headers": {}, "status_code": 200, '
    b'"body_encoding": "text"}\n'
)
RESULT = b"r" + FIRST[1:]
PIECE = b"bdHdv\n"
END = b'm{"duration": 0.1}\ne\n'


@pytest.fixture(params=[0, 4], ids=["one event", "many events"])
def serving(request: pytest.FixtureRequest, serve: Serve) -> Serving:
    """A processor whose wrapper sends back what it is told, over a socket file or over ports."""
    return serve(environ=WRAPPER, nuclio="1.15", connections=request.param)


def say(serving: Serving, lines: bytes) -> tuple[int, bytes]:
    """Status and body of the answer that is made of these lines; -1 where it is cut off."""
    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=DEADLINE_S)
    try:
        connection.request("POST", "/", lines)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except http.client.IncompleteRead as error:
        return -1, error.partial
    finally:
        connection.close()


def test_lines_in_order_are_an_answer(serving: Serving) -> None:
    assert (200, b"onetwo") == say(serving, FIRST + PIECE + END)
    assert (200, b"one") == say(serving, RESULT)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(FIRST + b"b*!*\n" + PIECE + END, id="a piece that is no base64"),
        pytest.param(FIRST + PIECE + FIRST + END, id="a second beginning"),
        pytest.param(FIRST + PIECE + RESULT, id="a result on the way"),
        pytest.param(FIRST + PIECE + b"rthat was it\n", id="a result that is none"),
    ],
)
def test_what_follows_the_beginning_of_a_stream_amiss_cuts_it_off(
    serving: Serving, lines: bytes
) -> None:
    status, body = say(serving, lines)

    assert (-1, True) == (status, body in (b"one", b"onetwo"))
    assert (200, b"one") == say(serving, RESULT)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(PIECE + END + RESULT, id="pieces of nothing before it"),
        pytest.param(RESULT + PIECE + END, id="pieces of nothing after it"),
        pytest.param(b"\nx\n" + RESULT, id="lines of no kind"),
        pytest.param(RESULT + RESULT, id="twice"),
        pytest.param(RESULT + FIRST + END, id="another stream after it"),
    ],
)
def test_what_is_too_much_reaches_nobody(serving: Serving, lines: bytes) -> None:
    assert (200, b"one") == say(serving, lines)

    for number in range(3):
        assert (200, b"one%d" % number) == say(serving, RESULT.replace(b"one", b"one%d" % number))


def test_a_beginning_that_cannot_be_read_is_an_error(serving: Serving) -> None:
    status, body = say(serving, b"c{]\n" + END)

    assert (500, True) == (status, bool(body))
    assert (200, b"one") == say(serving, RESULT)


def test_a_line_that_is_too_long_fails_its_event_and_says_what_follows(serve: Serve) -> None:
    serving = serve(environ=WRAPPER, nuclio="1.15", connections=2, max_response_mb=1)
    pid = serving.get("/")[1]

    status, body = say(serving, b"r" + b"x" * (3 << 20))

    assert 500 == status
    assert body.endswith(b"(max_response_mb); the connection to it was closed")
    assert (200, pid) == serving.get("/")


def test_a_connection_that_is_closed_costs_the_others_nothing(serve: Serve) -> None:
    serving = serve(environ=WRAPPER, nuclio="1.15", connections=2)
    pid = serving.get("/")[1]
    with serving.connect() as held:
        held.sendall(b"POST / HTTP/1.1\r\nHost: f\r\nContent-Length: 1\r\n\r\n\n")
        crew = serving.processor.pools["web"].crew
        until(lambda: bool(crew.busy()))
        for _ in range(2):
            assert (200, b"one") == say(serving, RESULT + b"close")
            until(lambda: len(crew.links[0].channels) == 1)

        assert (200, pid) == serving.get("/")
