"""The binary tensor data extension, through a host."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest

from funcs.host import Host
from funcs.settings import Settings
from tests.funcs.protocols.asking import Sums, ask, host_of, tensor

ONLY = Settings(protocols=("oip",))
INFER = "/v2/models/m/infer"


def oip(**models: Any) -> Host:
    return host_of(settings=ONLY, **models)


def ask_raw(host: Host, body: dict[str, Any], *tensors: bytes) -> Any:
    """The Response to a body whose JSON is followed by the bytes of tensors."""
    head = json.dumps(body).encode()
    headers = {"Inference-Header-Content-Length": str(len(head))}
    return ask(host, INFER, head + b"".join(tensors), headers=headers, content_type="")


def raw_tensor(
    size: Any, shape: list[int], datatype: str = "FP32", name: str = "x"
) -> dict[str, Any]:
    head = {"name": name, "shape": shape, "datatype": datatype}
    return {"inputs": [head | {"parameters": {"binary_data_size": size}}]}


ROWS = struct.pack("<4f", 1, 2, 3, 4)
ALL_RAW = {"parameters": {"binary_data_output": True}}


def test_tensors_come_and_go_as_bytes() -> None:
    answer = ask_raw(oip(m=Sums), raw_tensor(16, [2, 2]) | ALL_RAW, ROWS)
    split = int(answer.headers["Inference-Header-Content-Length"])
    output = {"name": "y", "shape": [2], "datatype": "FP32", "parameters": {"binary_data_size": 8}}

    assert "application/octet-stream" == answer.content_type
    assert [output] == json.loads(answer.body[:split])["outputs"]
    assert struct.pack("<2f", 3, 7) == answer.body[split:]


def test_bytes_are_answered_as_json_unless_asked_for() -> None:
    answer = ask_raw(oip(m=Sums), raw_tensor(16, [2, 2]), ROWS)

    assert "application/json" == answer.content_type
    assert [3.0, 7.0] == json.loads(answer.body)["outputs"][0]["data"]


def test_json_may_be_answered_as_bytes() -> None:
    wanted = {"outputs": [{"name": "b", "parameters": {"binary_data": True}}, {"name": "a"}]}
    answer = ask(oip(m=lambda inputs: {"a": [1], "b": ["x"]}), INFER, tensor([1], [1]) | wanted)
    split = int(answer.headers["Inference-Header-Content-Length"])
    first, second = json.loads(answer.body[:split])["outputs"]

    assert {"binary_data_size": 5} == first["parameters"]
    assert [1] == second["data"]
    assert b"\x01\x00\x00\x00x" == answer.body[split:]


def test_an_undeclared_model_gets_lists_of_bytes_too() -> None:
    seen: list[Any] = []
    ask_raw(oip(m=seen.append), raw_tensor(16, [2, 2]), ROWS)
    ask_raw(oip(m=seen.append), raw_tensor(4, [2], "FP16"), struct.pack("<2e", 0.5, -1))

    assert [{"x": [[1.0, 2.0], [3.0, 4.0]]}, {"x": [0.5, -1.0]}] == seen


def test_a_declared_tensor_of_bytes_may_be_written_to() -> None:
    class Doubled(Sums):
        def predict(self, inputs: Any) -> Any:
            inputs["x"] *= 2
            return super().predict(inputs)

    answer = ask_raw(oip(m=Doubled), raw_tensor(16, [2, 2]), ROWS)

    assert [6.0, 14.0] == json.loads(answer.body)["outputs"][0]["data"]


@pytest.mark.parametrize(
    ("body", "raw", "error"),
    [
        (raw_tensor(16, [2, 3]), ROWS, "shape [2, 3] of FP32 takes 24 bytes, 16 came"),
        (raw_tensor(99, [2, 2]), ROWS, "binary_data_size is 99, 16 bytes came"),
        (raw_tensor(8, [1, 2]), ROWS, "8 bytes came after the last tensor"),
        (raw_tensor(-1, [2, 2]), ROWS, "binary_data_size must be a size"),
        (raw_tensor("16", [2, 2]), ROWS, "binary_data_size must be a size"),
        (raw_tensor(16, [2, 2], "INT32"), ROWS, None),
        (raw_tensor(16, [2, 2], "BYTES"), ROWS, "datatype BYTES came, expected FP32"),
        (raw_tensor(0, [10**18, 10**18, 0]), b"", "is too large"),
        (raw_tensor(16, [2, 2], name="z"), ROWS, "input 'x' is missing"),
    ],
)
def test_bad_bytes_are_refused_by_their_tensor(body: Any, raw: bytes, error: str | None) -> None:
    answer = ask_raw(oip(m=Sums), body, raw)

    assert (400 if error else 200) == answer.status_code
    assert (error or "") in answer.body
