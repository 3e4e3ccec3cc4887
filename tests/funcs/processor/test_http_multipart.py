from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs.processor.http_head import BadRequestError, parse_head
from funcs.processor.http_multipart import boundary_of, rewritten

FIELD = b'--B\r\nContent-Disposition: form-data; name="a"\r\nX-Own: 1\r\n\r\n1\r\n'
FILE = (
    b'--B\r\ncontent-type: text/plain\r\nContent-Disposition: form-data; name="f"; filename="n"\r\n'
    b"\r\nfile\r\n"
)


def test_fields_come_before_files_and_keep_their_name_alone() -> None:
    expected = (
        b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        b'--B\r\nContent-Disposition: form-data; name="f"; filename="n"\r\n'
        b"Content-Type: text/plain\r\n\r\nfile\r\n--B--\r\n"
    )

    assert expected == rewritten(b"preamble\r\n" + FILE + FIELD + b"--B--\r\nepilogue", b"B")


def test_parts_without_a_name_are_left_out() -> None:
    body = b"--B\r\nContent-Disposition: attachment\r\n\r\nx\r\n--B--\r\n"

    assert b"--B--\r\n" == rewritten(body, b"B")


@pytest.mark.parametrize("body", [b"", b"not multipart", FIELD, b"--B\r\nno colon\r\n\r\n--B--"])
def test_what_cannot_be_taken_apart_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(BadRequestError):
        rewritten(body, b"B")


@pytest.mark.parametrize(
    ("kind", "boundary"),
    [
        ("multipart/form-data; boundary=B", b"B"),
        ('multipart/form-data; charset=x; Boundary="a b"', b"a b"),
        ("multipart/form-data", b""),
        ("multipart/mixed; boundary=B", b""),
    ],
)
def test_only_forms_with_a_boundary_are_taken_apart(kind: str, boundary: bytes) -> None:
    head = parse_head(f"POST / HTTP/1.1\r\nContent-Type: {kind}\r\n\r\n".encode())

    assert boundary == boundary_of(head)


@given(st.binary(max_size=120))
def test_any_body_is_rewritten_or_refused(body: bytes) -> None:
    try:
        form = rewritten(b"--B" + body + b"--B--", b"B")
    except BadRequestError:
        form = b"--B--\r\n"

    assert form.endswith(b"--B--\r\n")
