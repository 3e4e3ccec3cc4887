"""Which origins may call, beyond what was recorded."""

from __future__ import annotations

from tests.funcs.processor.front import Front

ASK = b"OPTIONS /c HTTP/1.1\r\nOrigin: http://a\r\nAccess-Control-Request-Method: PUT\r\n"


def test_a_preflight_never_reaches_the_handler() -> None:
    front = Front(cors={"enabled": True, "allowHeaders": ["X-Mine"], "preflightMaxAgeSeconds": 9})

    answer = front.connect().say(ASK + b"Access-Control-Request-Headers: x-mine\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Access-Control-Allow-Origin: http://a\r\nAccess-Control-Max-Age: 9\r\n" in answer
    assert [] == front.events


def test_a_preflight_for_what_is_not_allowed_is_400() -> None:
    front = Front(cors={"enabled": True, "allowMethods": ["GET"]})

    assert front.connect().say(ASK + b"\r\n").startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_the_handlers_own_headers_replace_the_processors() -> None:
    def work(event: object) -> object:
        headers = {"vary": "Accept", "Access-Control-Allow-Origin": "*"}
        return {"body": "x", "headers": headers, "body_encoding": "text", "content_type": "a/b"}

    answer = (
        Front(work, cors={"enabled": True})
        .connect()
        .say(b"GET / HTTP/1.1\r\nOrigin: http://a\r\n\r\n")
    )

    assert b"Vary: Accept\r\nAccess-Control-Allow-Origin: *\r\n\r\nx" in answer


def test_a_request_without_an_origin_is_kept_from_the_handler() -> None:
    front = Front(cors={"enabled": True})

    answer = front.connect().say(b"GET / HTTP/1.1\r\n\r\n")

    assert answer.endswith(b"Content-Length: 0\r\nVary: Origin\r\n\r\n")
    assert [] == front.events


def test_health_is_answered_whatever_the_origin() -> None:
    front = Front(cors={"enabled": True})

    answer = front.connect().say(b"GET //__internal//healthy HTTP/1.1\r\n\r\n")

    assert answer.endswith(b"Date: now\r\nContent-Length: 0\r\n\r\n")
