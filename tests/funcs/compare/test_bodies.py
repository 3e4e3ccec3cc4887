"""Bodies read as what they are."""

from __future__ import annotations

import gzip
import json
import struct
from typing import Any

import numpy
import pytest

from funcs.compare.bodies import of_bodies, value_of
from funcs.compare.values import Rules

JSON = {"content-type": "application/json; charset=utf-8"}


def sentences(expected: Any, actual: Any, rules: Rules | None = None) -> list[str]:
    found = of_bodies(expected, actual, ("body",), rules or Rules())
    return [each.sentence() for each in found]


def binary(numbers: list[float], *texts: bytes) -> tuple[dict[str, str], bytes]:
    """An answer in OIP's binary extension: FP32 numbers, then BYTES."""
    raw = struct.pack(f"<{len(numbers)}f", *numbers)
    words = b"".join(struct.pack("<I", len(text)) + text for text in texts)
    outputs = [
        {"name": "y", "datatype": "FP32", "shape": [len(numbers)],
         "parameters": {"binary_data_size": len(raw)}},
        {"name": "w", "datatype": "BYTES", "shape": [len(texts)],
         "parameters": {"binary_data_size": len(words)}},
        {"name": "z", "datatype": "INT64", "shape": [1], "data": [7]},
    ]  # fmt: skip
    head = json.dumps({"model_name": "m", "outputs": outputs}).encode()
    headers = {"inference-header-content-length": str(len(head))}
    return headers, head + raw + words


@pytest.mark.parametrize(
    ("headers", "body", "value"),
    [
        (JSON, b'{"a": 1}', {"a": 1}),
        ({"content-type": "application/problem+json"}, b"3", 3),
        ({}, b'[1, "x"]', [1, "x"]),
        ({}, b"3", "3"),
        (JSON, b"no json", "no json"),
        (JSON, b"", ""),
        ({"content-type": "text/plain"}, "ä".encode(), "ä"),
        ({"content-type": "text/plain"}, b"\xff", b"\xff"),
        ({**JSON, "content-encoding": "gzip"}, gzip.compress(b'{"a": 1}', mtime=0), {"a": 1}),
        ({**JSON, "content-encoding": "br"}, b'{"a": 1}', '{"a": 1}'),
        ({"inference-header-content-length": "9999"}, b"{}", "{}"),
        ({"inference-header-content-length": "x"}, b"{}", "{}"),
    ],
)
def test_a_body_is_read_as_what_it_is(headers: dict[str, str], body: bytes, value: Any) -> None:
    assert value == value_of(headers, body)


def test_nested_too_deep_is_text() -> None:
    assert isinstance(value_of(JSON, b"[" * 100_000), str)


@pytest.mark.parametrize(
    "head",
    [
        '{"outputs": [{"name": "a", "parameters": 3}]}',
        '{"outputs": ["a"]}',
        '{"outputs": {"a": 1}}',
        "[" * 100_000,
    ],
)
def test_a_body_that_is_not_laid_out_as_it_says_is_text(head: str) -> None:
    headers = {"inference-header-content-length": str(len(head))}

    assert f"{head}rest" == value_of(headers, f"{head}rest".encode())


def test_a_binary_answer_without_parameters_is_read() -> None:
    head = '{"outputs": [{"name": "a", "parameters": null, "data": [1]}]}'
    headers = {"inference-header-content-length": str(len(head))}

    assert [1] == value_of(headers, head.encode())["outputs"][0]["data"]


def test_binary_tensors_become_arrays_beside_those_in_json() -> None:
    value = value_of(*binary([1.5, 2.5], b"ab", b"\xff"))

    assert numpy.array([1.5, 2.5], "<f4").tolist() == value["outputs"][0]["data"].tolist()
    assert "ab" == value["outputs"][1]["data"][0]
    assert [7] == value["outputs"][2]["data"]


def test_binary_tensors_are_compared_with_tolerance() -> None:
    one, other = value_of(*binary([1.0, 2.0], b"a")), value_of(*binary([1.0, 2.5], b"b"))

    assert [
        "body.outputs[0].data[1]: expected 2.0, was 2.5",
        'body.outputs[1].data[0]: expected "a", was "b"',
    ] == sentences(one, other)
    assert 1 == len(sentences(one, other, Rules(0.5)))


def test_bytes_are_told_by_size_and_digest() -> None:
    found = sentences(b"\xff", b"\xfe\xff")

    assert [] == sentences(b"\xff", b"\xff")
    assert found[0].startswith("body: expected 1 bytes, sha256 a8100ae6aa1940d0, was 2 bytes, sha")


def test_text_is_no_bytes() -> None:
    assert 1 == len(sentences("a", b"\xff"))
