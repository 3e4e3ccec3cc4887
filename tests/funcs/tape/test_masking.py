"""What is kept out of a tape."""

from __future__ import annotations

import gzip
import json
import time
from typing import Any

import pytest

from funcs.tape.masking import KEYS, Masking

MASKING = Masking(["X-Tenant", "card_number"])


@pytest.mark.parametrize("key", [*KEYS, "cardnumber"])
def test_every_key_is_found_however_it_is_spelled(key: str) -> None:
    words = key.split("_")
    spelled = [
        key,
        "-".join(words),
        "".join(words),
        key.upper(),
        words[0] + key.title()[len(words[0]) :].replace("_", ""),
    ]

    for each in spelled:
        assert {each: "***"} == json.loads(MASKING.body(json.dumps({each: "s3cret"}).encode()))


@pytest.mark.parametrize(
    "name", ["Authorization", "COOKIE", "Set-Cookie", "X-Api-Key", "x-tenant", "X-API-KEY"]
)
def test_secret_headers_are_masked(name: str) -> None:
    assert {name: "***", "Accept": "a"} == MASKING.headers({name: "s", "Accept": "a"})


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ({"password": "s"}, {"password": "***"}),
        ({"a": [{"accessToken": {"x": "s"}}]}, {"a": [{"accessToken": "***"}]}),
        ({"Client-Secret": 3, "n": 1.5}, {"Client-Secret": "***", "n": 1.5}),
        ({"cardNumber": "4"}, {"cardNumber": "***"}),
        ([{"api_key": None}], [{"api_key": "***"}]),
    ],
)
def test_secret_keys_of_json_are_masked_however_deep(value: Any, masked: Any) -> None:
    assert masked == json.loads(MASKING.body(json.dumps(value).encode()))


@pytest.mark.parametrize(
    "body",
    [
        b'{"tokens": 12, "token": "the"}',
        b'{"text": "my password is none of your business"}',
        b'{"inputs":  [[1, 2.50]]}',
        b"\xff\xfe",
        b"",
        b"a secretary's passwordless plan",
        b'{"max_tokens": 5, "keys": ["a:b"], "secretary": "c=d"}',
        b'--x\r\nContent-Disposition: form-data; name="tokens"\r\n\r\n5\r\n--x--\r\n',
    ],
)
def test_other_bodies_stay_as_they_came(body: bytes) -> None:
    assert body == MASKING.body(body)


@pytest.mark.parametrize(
    ("body", "masked"),
    [
        (b"user=ada&password=s3cret&x=1", b"user=ada&password=***&x=1"),
        (b"user%5Bpassword%5D=s3cret&x=1", b"user%5Bpassword%5D=***&x=1"),
        (b"user[password]=s3cret", b"user[password]=***"),
        (b"--=&user%5Bpassword%5D=s3cret", b"--=&user%5Bpassword%5D=***"),
        (b'secret: {a: 1"2, b: "3}s3cret"}', b'secret: "***"'),
        (b"{'secret': ['a', 'b}'], 'c': {", b"{'secret': \"***\", 'c': {"),
        (b"access%5Ftoken=s3cret", b"access%5Ftoken=***"),
        (b"PASSWORD=s3c&ret", b"PASSWORD=***"),
        (b"api-key: s3cret\nother: 1", b"api-key: ***\nother: 1"),
        (b'{"password": "s3cret", "cut of', b'{"password": "***", "cut of'),
        (b'{"password": "s3c\\"ret', b'{"password": "***"'),
        (b'{"p\\u0061ssword": "s3cret", "cut of', b'{"password": "***", "cut of'),
        (b"\xff password='s3cret' \xff", b"\xff password='***' \xff"),
        (b"password=s3,cr;et&x=1", b"password=***&x=1"),
        (b"a: 1\nAuthorization: Bearer s3cret\nb: 2", b"a: 1\nAuthorization: ***\nb: 2"),
        (b"{'password': 's3cret', 'a': 1}", b"{'password': '***', 'a': 1}"),
        (b"{'password': 's3\\'cret', 'a': 1}", b"{'password': '***', 'a': 1}"),
        (b"password: 's3''cret'\na: 1", b"password: '***'\na: 1"),
        (b'password = """s3\ncret"""\na = 1', b'password = "***"\na = 1'),
        (b'{password: "s3cret", a: 1}', b'{password: "***", a: 1}'),
        (b"{password: s3cret}", b"{password: ***"),
        (b'{"secret": {"a": "s3cret"', b'{"secret": "***"'),
        (b'{"secret": ["s3]",\n "cret"], "a": [', b'{"secret": "***", "a": ['),
        (b"private_key: |\n  s3c\n\n  ret\nother: 1", b"private_key: ***\nother: 1"),
        (b"- secret:\n    a: s3\n    b: cret\n  c: 1", b"- secret:\n    ***\n  c: 1"),
        (b"secret:\n- s3\n- cret\nc: 1", b"secret:\n***\nc: 1"),
        (b"secret:\nc: 1", b"secret:\nc: 1"),
        (
            b"private_key: -----BEGIN KEY-----\ns3cret\n-----END KEY-----\na: 1",
            b"private_key: ***\na: 1",
        ),
        (b'{"access_token": "s3cret"}\n{"a": 1}\n', b'{"access_token": "***"}\n{"a": 1}\n'),
        ('{"secret": "s3cret", '.encode("utf-16"), '{"secret": "***", '.encode("utf-16")),
    ],
)
def test_secrets_are_masked_in_what_is_no_json(body: bytes, masked: bytes) -> None:
    assert masked == MASKING.body(body)
    assert masked is MASKING.body(masked)


def test_a_body_that_is_packed_is_looked_through() -> None:
    masked = MASKING.body(gzip.compress(b'{"password": "s3cret"}'))
    other = gzip.compress(b'{"tokens": 1}')
    cut = gzip.compress(b'{"password": "s3cret", "a": 1}')[:-12]
    none = b"\x1f\x8b\x08password=s3cret"

    assert b'{"password": "***"}' == gzip.decompress(masked)
    assert masked is MASKING.body(masked)
    assert other is MASKING.body(other)
    assert b"***" in gzip.decompress(MASKING.body(cut))
    assert none is MASKING.body(none)


def test_no_more_is_unpacked_than_is_worth_the_time() -> None:
    far = gzip.compress(b" " * (5 << 20) + b'{"password": "s3cret"}')

    assert far is MASKING.body(far)


def test_bytes_after_json_stay_where_they_were() -> None:
    head = '{"parameters": {"api_key": "s3crèt"}, "inputs": []}'.encode()
    tensors = b"\x00\x00\x80?\xff"

    masked = MASKING.body(head + tensors)

    assert (len(head), tensors) == (len(masked) - len(tensors), masked[len(head) :])
    assert {"parameters": {"api_key": "***"}, "inputs": []} == json.loads(masked[: len(head)])
    assert masked is MASKING.body(masked)


@pytest.mark.parametrize(
    ("body", "masked"),
    [
        (b"<a><password>s3cret</password><b/></a>", b"<a><password>***</password><b/></a>"),
        (
            b'<?xml version="1.0"?>\n<s:E><w:Password Type="x">s3cret</w:Password>1</s:E>',
            b'<?xml version="1.0"?>\n<s:E><w:Password>***</w:Password>1</s:E>',
        ),
        (
            b"<secret><secret>a</secret><!-- </secret> --><![CDATA[</secret>]]>s3cret</secret>b",
            b"<secret>***</secret>b",
        ),
        (b"<a password='s3cret' b='1'/>", b"<a password='***' b='1'/>"),
        (b"<credentials user='ada' pin='s3cret'/>b", b"<credentials>***</credentials>b"),
        (b"<a><password>s3cr", b"<a><password>***</password>"),
        (b"<a><passwords>b</passwords></a>", b"<a><passwords>b</passwords></a>"),
    ],
)
def test_secrets_are_masked_in_xml(body: bytes, masked: bytes) -> None:
    assert masked == MASKING.body(body)
    assert masked is MASKING.body(masked)


def test_a_name_that_comes_again_hides_no_secret() -> None:
    assert b'{"password": "***"}' == MASKING.body(b'{"password": "s3cret", "password": "***"}')
    assert b'{"a": 1}' == MASKING.body(b'{"a": {"password": "s3cret"}, "a": 1}')


def test_secret_parts_of_a_form_are_masked() -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="%b"\r\nContent-Type: text/plain\r\n\r\n'
    form = head % b"user" + b"ada\r\n" + head % b"password" + b"s3\r\ncret\r\n--x--\r\n"

    masked = form.replace(b"s3\r\ncret", b"***")

    assert masked == MASKING.body(form)
    assert masked is MASKING.body(masked)


@pytest.mark.parametrize("before", [0, 1, 15, 16, 17, 100])
def test_a_secret_is_found_wherever_it_stands(before: int) -> None:
    told = {f"n{number}": "a: b" for number in range(before)} | {"password": "s3cret", "b": 1}
    spaced = json.dumps(told, separators=(",", " \n" + 100 * " " + ": ")).encode()

    assert told | {"password": "***"} == json.loads(MASKING.body(spaced))
    assert b"s3cret" not in MASKING.body(b"x" + spaced)


@pytest.mark.parametrize("key", [r"p\u0061ssword", r"pass\u002Dword", r"pass\u005fword"])
def test_a_key_with_escaped_letters_is_found(key: str) -> None:
    (value,) = json.loads(MASKING.body(b'{"%b": "s3cret"}' % key.encode())).values()

    assert "***" == value


def test_a_name_of_nothing_masks_nothing() -> None:
    masking = Masking(["", "-", "_"])

    assert b"a: 1" == masking.body(b"a: 1")
    assert b'{"": 1, "-": 2}' == masking.body(b'{"": 1, "-": 2}')


@pytest.mark.parametrize("is_ascii", [False, True])
@pytest.mark.parametrize("name", ["passwört", "пароль", "2fa", "42", "pin"])
def test_any_name_may_be_added(name: str, *, is_ascii: bool) -> None:
    body = json.dumps({name: "s3cret"}, ensure_ascii=is_ascii).encode()

    assert {name: "***"} == json.loads(Masking([name]).body(body))


@pytest.mark.parametrize("name", ["_pin", "-pin", "Pin", "2fa", "^x", "]x", "пин", "a#b c"])
def test_a_name_that_was_added_is_found_in_text(name: str) -> None:
    for spelled in (name, name.upper(), name.lstrip("-_")):
        masked = Masking([name]).body(f"{spelled}: s3cret\n".encode())

        assert f"{spelled}: ***\n" == masked.decode()


def test_secret_fields_of_a_query_are_masked() -> None:
    fields = {"api_key": "s", "token": "s", "sig": "s", "page": "1"}

    assert {"api_key": "***", "token": "***", "sig": "***", "page": "1"} == MASKING.fields(fields)
    assert {"a[password]": "***"} == MASKING.fields({"a[password]": "s"})
    assert {"to": "/b?key=***&c=d"} == MASKING.fields({"to": "/b?key=s3cret&c=d"})


def test_a_query_within_a_header_is_looked_through() -> None:
    headers = {"Location": "https://a/b?x=1&access_token=s3cret#sig=s3cret", "Referer": "/?a=b"}

    masked = {"Location": "https://a/b?x=1&access_token=***#sig=***", "Referer": "/?a=b"}

    assert masked == MASKING.headers(headers)


def test_a_name_is_secret_wherever_it_stands() -> None:
    told = {"headers": {"Cookie": "s", "X-Tenant": "s", "X-Auth-Token": "s"}}
    masked = {"headers": {"Cookie": "***", "X-Tenant": "***", "X-Auth-Token": "***"}}

    assert masked == json.loads(MASKING.logged(json.dumps(told)))
    assert masked == json.loads(MASKING.body(json.dumps(told).encode()))
    assert {"Access-Token": "***"} == MASKING.headers({"Access-Token": "s"})


def test_a_part_is_masked_up_to_the_next_one() -> None:
    head = b'\r\n--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n'
    keys = b"-----BEGIN A-----\na\n-----END A-----\n--x-\n-----BEGIN B-----\ns3cret"
    form = head % b"private_key" + keys + head % b"a[secret]" + b"s3cret\r\n--x--\r\n"

    masked = head % b"private_key" + b"***" + head % b"a[secret]" + b"***\r\n--x--\r\n"

    assert masked == MASKING.body(form)
    assert masked is MASKING.body(masked)


@pytest.mark.parametrize(
    "piece",
    [
        'name="password"\n', "password:\n", "password: |\n", "password: \n  ", "<password ",
        "<password><![CDATA[", "<password><!--", "password=x&", "password: {", "password: [{'",
        "%61&", "password: -----BEGIN ", "password: '''", 'password:"', "password ", "user[",
        "password: a", "&password", "\\u0070assword: \\u0070", "- - password:\n", "\n--x\n\n",
        "--password:",
    ],
)  # fmt: skip
@pytest.mark.parametrize("start", ["", "--x\n", "<", "a=", "{"])
def test_no_body_takes_long(start: str, piece: str) -> None:
    body = (start + piece * (300_000 // len(piece))).encode()
    began = time.process_time()

    MASKING.body(body)

    assert time.process_time() - began < 2


def test_what_is_nested_too_deep_is_looked_through_as_text() -> None:
    body = b"[" * 100_000 + b'{"password": "s3cret"}'

    assert b"s3cret" not in MASKING.body(body)
