from __future__ import annotations

import pytest

from funcs.processor.http_head import CHUNKED, BadRequestError, Head, canonical, parse_head


def head(*lines: str) -> Head:
    return parse_head("\r\n".join([*lines, "", ""]).encode())


def test_names_are_spelled_as_fasthttp_spells_them() -> None:
    names = [b"x-my-HEADER", b"etag", b"a--b", b"-x", b"x_y-z", b"X"]

    assert [b"X-My-Header", b"Etag", b"A--b", b"-x", b"X_y-Z", b"X"] == list(map(canonical, names))


def test_of_several_headers_the_last_counts_and_cookies_are_joined() -> None:
    seen = head("GET / HTTP/1.1", "x: 1", "X: 2 \t", "Cookie: a=1", "cookie: b=2", "Host:")

    assert {b"X": b"2", b"Cookie": b"a=1; b=2"} == seen.headers


@pytest.mark.parametrize(
    ("lines", "length"),
    [
        (("GET / HTTP/1.1",), 0),
        (("POST / HTTP/1.1", "Content-Length: 7"), 7),
        (("POST / HTTP/1.1", "Transfer-Encoding: CHUNKED"), CHUNKED),
        (("POST / HTTP/1.1", "Upgrade: x", "Connection: upgrade", "Content-Length: 7"), 7),
    ],
)
def test_the_length_is_announced_chunked_or_nothing(lines: tuple[str, ...], length: int) -> None:
    assert length == head(*lines).length


def test_a_length_is_shown_where_none_was_said_but_for_get_and_head() -> None:
    shown = [head(f"{method} / HTTP/1.1").headers for method in ("GET", "HEAD", "DELETE")]

    assert [{}, {}, {b"Content-Length": b"0"}] == shown


@pytest.mark.parametrize(
    ("lines", "is_kept"),
    [
        (("GET / HTTP/1.1",), True),
        (("GET / HTTP/1.1", "Connection: close"), False),
        (("GET / HTTP/1.1", "Connection: Close"), True),
        (("GET / HTTP/1.0",), False),
        (("GET / HTTP/1.0", "Connection: foo, Keep-Alive"), True),
    ],
)
def test_a_connection_is_kept_as_fasthttp_would(lines: tuple[str, ...], is_kept: bool) -> None:
    assert is_kept == head(*lines).keep_alive


def test_utf_8_in_a_target_is_taken_as_clients_send_it() -> None:
    assert "/世".encode() == parse_head("GET /世?ü=1 HTTP/1.1\r\n\r\n".encode()).path


@pytest.mark.parametrize("version", ["HTTP/2.0", "HTTP/1.2", "HTP/1.1"])
def test_another_version_is_refused(version: str) -> None:
    with pytest.raises(BadRequestError):
        head(f"GET / {version}")


@pytest.mark.parametrize(
    "line", ["Transfer-Encoding: identity", "Transfer-Encoding: chunked, gzip"]
)
def test_a_coding_that_does_not_end_is_refused_even_beside_an_upgrade(line: str) -> None:
    with pytest.raises(BadRequestError):
        head("POST / HTTP/1.1", "Upgrade: x", "Connection: upgrade", line)
