"""What a wrapper may put on the wire, and how it may go, without harm to anybody else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.funcs.processor.serving import PROBE, Serving

WRAPPER = PROBE.parent / "garbled" / "wrapper.py"
FINE = b'r{"body": "fine", "status_code": 203, "body_encoding": "text"}\n'


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    """A processor whose wrapper sends back what it is told."""
    started = Serving(environ={"NUCLIO_PYTHON_WRAPPER_PATH": str(WRAPPER)})
    started.start()
    yield started
    started.close()


def say(serving: Serving, lines: bytes) -> tuple[int, bytes]:
    status, _, body = serving.ask("POST", "/", lines)
    return status, body


@pytest.mark.parametrize(
    ("line", "status", "body"),
    [
        (b'r{"body": "a", "body_encoding": "text"}', 200, b"a"),
        (b'r[{"body": "first", "body_encoding": "text"}, {"body": "second"}]', 200, b"first"),
        (b'r{"body": "!", "body_encoding": "base64"}', 500, b"illegal base64 data"),
        (b'r{"body": 5}', 500, b"json: cannot unmarshal number into Go struct field Result.body"),
        (b"r", 500, b"unexpected end of JSON input"),
        (b"r{", 500, b"unexpected end of JSON input"),
        (b"r\xff\xfe", 500, b"invalid character"),
    ],
)
def test_a_result_line_is_an_answer_or_says_what_is_wrong(
    serving: Serving, line: bytes, status: int, body: bytes
) -> None:
    seen, answer = say(serving, line + b"\n")

    assert (status, body) == (seen, answer[: len(body)])
    assert (203, b"fine") == say(serving, FINE)


def test_more_answers_than_events_go_to_nobody(serving: Serving) -> None:
    assert (203, b"fine") == say(serving, FINE + b'r{"body": "stale"}\nm{"duration": 1}\n' * 3)
    assert (203, b"fine") == say(serving, FINE)


def test_log_lines_reach_the_sink_whatever_their_level(serving: Serving) -> None:
    line = b'l{"level": "fatal", "message": "told", "with": {"n": [1]}}\n'

    assert (203, b"fine") == say(serving, line + FINE)
    assert {"n": [1]} == serving.records.until("told")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_garbage_on_the_wire_harms_no_later_event(serving: Serving, garbage: bytes) -> None:
    status, _ = say(serving, garbage + b"\n" + FINE)

    assert status in (200, 203, 500)
    assert (203, b"fine") == say(serving, FINE)


def test_a_wrapper_that_hangs_up_and_lives_on_is_ended(serving: Serving) -> None:
    status, body = say(serving, b"close")

    assert 500 == status
    assert body.startswith(b"the worker ended before it answered (signal: killed)")
    assert (203, b"fine") == say(serving, FINE)
