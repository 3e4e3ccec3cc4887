from __future__ import annotations

from threading import Event
from typing import Any

import numpy
import pytest

import funcs
from funcs import __version__
from funcs.errors import Kind, RequestError
from funcs.host import Host
from funcs.response import Response
from funcs.settings import Settings
from tests.funcs.protocols.asking import Given, Sums, ask, asked, host_of, started, tensor

ONLY = Settings(protocols=("oip",))
INFER = "/v2/models/m/infer"


def oip(**models: Any) -> Host:
    return host_of(settings=ONLY, **models)


def outputs_of(host: Host, body: Any) -> list[Any]:
    status, answer = asked(host, INFER, body)
    assert 200 == status, answer
    outputs: list[Any] = answer["outputs"]
    return outputs


def error_of(host: Host, body: Any, path: str = INFER, **more: Any) -> tuple[int, str]:
    status, answer = asked(host, path, body, **more)
    assert ["error"] == list(answer)
    return status, answer["error"]


@pytest.mark.parametrize("path", ["/v2", "/v2/"])
def test_the_server_names_itself(path: str) -> None:
    expected = {"name": "asked", "version": __version__, "extensions": ["binary_tensor_data"]}

    assert (200, expected) == asked(oip(m=Given), path)


def test_health_is_live_and_ready() -> None:
    host = oip(m=Given)

    assert (200, {"live": True}) == asked(host, "/v2/health/live")
    assert (200, {"ready": True}) == asked(host, "/v2/health/ready")
    assert (200, {"name": "m", "ready": True}) == asked(host, "/v2/models/m/ready")


def test_metadata_has_versions_and_declared_tensors() -> None:
    expected = {
        "name": "m",
        "versions": ["v1", "v2"],
        "platform": "funcs_python",
        "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 2]}],
        "outputs": [{"name": "y", "datatype": "FP32", "shape": [-1]}],
    }

    assert (200, expected) == asked(oip(m__v1=Given, m__v2=Sums), "/v2/models/m")
    assert (200, {"models": ["a", "m:v1"]}) == asked(oip(a=Given, m__v1=Given), "/v2/models")


def test_a_version_in_the_path_comes_back() -> None:
    host = oip(m__v1=Sums, m__v2=Given)
    _, answer = asked(host, "/v2/models/m/versions/v1/infer", tensor([[1, 2]], [1, 2]))

    assert ("m", "v1") == (answer["model_name"], answer["model_version"])
    assert [3.0] == answer["outputs"][0]["data"]


def test_the_id_is_the_clients_or_the_events() -> None:
    body = tensor([1.5], [1])

    assert "mine" == asked(oip(m=Given), INFER, body | {"id": "mine"})[1]["id"]
    assert "e1" == asked(oip(m=Given), INFER, body)[1]["id"]
    assert "e1" == asked(oip(m=Given), INFER, body | {"id": ""})[1]["id"]


@pytest.mark.parametrize(
    ("named", "model"),
    [
        ({}, "first"),
        ({"model_name": "m"}, "m"),
        ({"model_name": "m", "model_version": "v1"}, "m"),
        ({"model_name": "m:v1"}, "m"),
    ],
)
def test_an_event_of_a_stream_names_its_model_in_the_body(named: Any, model: str) -> None:
    body = tensor([1], [1]) | named
    host = oip(first=Given, m__v1=Given)

    assert model == asked(host, "topic", body, kind="kafka-cluster", method="")[1]["model_name"]


def test_a_declared_model_gets_arrays_and_answers_its_datatype() -> None:
    for data in ([[1, 2], [3, 4]], [1, 2, 3, 4]):
        found = outputs_of(oip(m=Sums), tensor(data, [2, 2]))
        assert [{"name": "y", "shape": [2], "datatype": "FP32", "data": [3.0, 7.0]}] == found


@pytest.mark.parametrize("datatype", ["FP64", "INT8", "UINT64"])
def test_a_number_of_another_size_is_taken_where_it_fits(datatype: str) -> None:
    assert [3.0] == outputs_of(oip(m=Sums), tensor([[1, 2]], [1, 2], datatype))[0]["data"]


def test_an_empty_batch_keeps_its_shape() -> None:
    found = outputs_of(oip(m=Sums), tensor([], [0, 2]))

    assert [{"name": "y", "shape": [0], "datatype": "FP32", "data": []}] == found


def test_an_undeclared_model_gets_nested_lists_and_no_numpy() -> None:
    seen: list[Any] = []
    host = oip(m=seen.append)
    asked(host, INFER, tensor([1, 2, 3, 4], [2, 2], "INT64"))
    asked(host, INFER, tensor([5], [], "INT64"))
    asked(host, INFER, tensor([["a"], ["b"]], [2, 1], "BYTES"))

    assert [{"x": [[1, 2], [3, 4]]}, {"x": 5}, {"x": [["a"], ["b"]]}] == seen


@pytest.mark.parametrize(
    ("result", "shape", "datatype", "data"),
    [
        ([1, 2], [2], "INT64", [1, 2]),
        ([[1.5, 2], [3, None]], [2, 2], "FP64", [1.5, 2, 3, None]),
        ([True, False], [2], "BOOL", [True, False]),
        (["a", "b"], [2], "BYTES", ["a", "b"]),
        (7, [1], "INT64", [7]),
        ("text", [1], "BYTES", ["text"]),
        ([{"label": "a"}], [1], "BYTES", ['{"label":"a"}']),
        ([], [0], "FP64", []),
        (numpy.array([[1, 2]], dtype="int16"), [1, 2], "INT16", [1, 2]),
        (numpy.array([True]), [1], "BOOL", [True]),
        (numpy.array(["a", b"b"], dtype=object), [2], "BYTES", ["a", "b"]),
        (numpy.array(["a"]), [1], "BYTES", ["a"]),
        (numpy.float64("nan"), [], "FP64", [None]),
        ([numpy.float32(1.5)], [1], "FP64", [1.5]),
        ([numpy.float64(1.5)], [1], "FP64", [1.5]),
        ([[numpy.int64(1)], [numpy.float64(2)]], [2, 1], "FP64", [1, 2.0]),
        (numpy.array(["2020-01-01"], dtype="datetime64[D]"), [1], "BYTES", ["2020-01-01"]),
    ],
)
def test_undeclared_outputs_are_what_they_look_like(
    result: Any, shape: list[int], datatype: str, data: list[Any]
) -> None:
    expected = {"name": "output-0", "shape": shape, "datatype": datatype, "data": data}

    assert [expected] == outputs_of(oip(m=lambda inputs: result), tensor([1], [1]))


def test_outputs_have_their_names() -> None:
    found = outputs_of(oip(m=lambda inputs: {"a": [1], "b": ["x"]}), tensor([1], [1]))

    assert [("a", "INT64"), ("b", "BYTES")] == [(o["name"], o["datatype"]) for o in found]


def test_only_the_outputs_asked_for_are_answered() -> None:
    host = oip(m=lambda inputs: {"a": [1], "b": [2]})
    body = tensor([1], [1])
    asked_for = {"outputs": [{"name": "b"}]}
    nobody = {"outputs": [{"name": "c"}]}

    assert ["b"] == [output["name"] for output in outputs_of(host, body | asked_for)]
    assert (400, "Unexpected inference output 'c' for model 'm'") == error_of(host, body | nobody)


def test_an_output_nobody_declared_is_refused_before_the_model_runs() -> None:
    status, error = error_of(oip(m=Sums), tensor([], [0, 2]) | {"outputs": [{"name": "z"}]})

    assert (400, "Unexpected inference output 'z' for model 'm'") == (status, error)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ([], "the body must be a JSON object with 'inputs'"),
        ({}, "'inputs' must be a list of at least one tensor"),
        ({"inputs": []}, "'inputs' must be a list of at least one tensor"),
        ({"inputs": [1]}, "input 0 is no object; send name, shape, datatype and data"),
        ({"inputs": [{}]}, "input 0 has no name; send name, shape, datatype and data"),
        ({"inputs": [{"name": "x"}]}, "input 'x' has no datatype"),
        (tensor([1], [1], "FP8"), "input 'x': there is no datatype 'FP8'; known datatypes: BOOL, "),
        (tensor([1], [1], "FP16"), "Sending FP16 data via JSON is not supported."),
        (tensor([1], [-1]), "input 'x': shape must be a list of sizes, not [-1]"),
        (tensor([1], [True]), "input 'x': shape must be a list of sizes, not [True]"),
        ({"inputs": [tensor(1, [1])["inputs"][0]]}, "input 'x': data must be a list, not 1"),
        (tensor([1, 2], [3]), "input 'x': shape [3] has 3 elements, data has 2"),
        (tensor([[1], [2, 3]], [2, 2]), "input 'x': data has not the shape [2, 2]"),
        (tensor([[1], 2], [2, 1]), "input 'x': data has not the shape [2, 1]"),
        (tensor([1, "a"], [2]), "input 'x': text came, FP32 holds numbers"),
        (tensor([1, [2]], [2]), "input 'x': a list came, FP32 holds numbers"),
        (tensor([1.5], [1], "INT32"), "input 'x': a fraction came, INT32 holds integers"),
        (tensor([1], [1], "BOOL"), "input 'x': an integer came, BOOL holds booleans"),
        (tensor([None], [1], "BYTES"), "input 'x': null came, BYTES holds text"),
        (tensor([300], [1], "UINT8"), "input 'x': 300 came, UINT8 holds 0 to 255"),
        (tensor([-129], [1], "INT8"), "input 'x': -129 came, INT8 holds -128 to 127"),
        (tensor([], [10**9, 10**9, 0]), "has too many empty rows"),
        (tensor([1], [1]) | {"id": 7}, "'id' must be text"),
        (tensor([1], [1]) | {"parameters": []}, "'parameters' must be an object"),
        (tensor([1], [1]) | {"outputs": {}}, "'outputs' must be a list of objects"),
        (tensor([1], [1]) | {"outputs": [{"name": 1}]}, "'outputs' must be a list of objects"),
        ({"inputs": tensor([1], [1])["inputs"] * 2}, "input 'x' is sent twice"),
        (b"{bad", "the body is not JSON: "),
        (b"", "the body must be a JSON object with 'inputs'"),
        (b"[" * 100_000, "the body is not JSON: "),
    ],
)
def test_a_bad_request_is_refused_by_its_tensor(body: Any, error: str) -> None:
    status, said = error_of(oip(m=Given), body, method="POST")

    assert 400 == status
    assert error in said


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (tensor([[1, 2, 3]], [1, 3]), "input 'x': float32 [1, 3] came, expected float32 [any, 2]"),
        (tensor([[1.0, None]], [1, 2]), "input 'x': null came"),
        (tensor(["a"], [1], "BYTES"), "input 'x': datatype BYTES came, expected FP32"),
        (tensor([[1, 2]], [1, 2], name="z"), "input 'x' is missing"),
    ],
)
def test_what_a_model_declares_is_checked(body: Any, error: str) -> None:
    status, said = error_of(oip(m=Sums), body)

    assert 400 == status
    assert error in said


@pytest.mark.parametrize(
    ("path", "method", "status", "error"),
    [
        ("/v2/models/nope/infer", "POST", 404, "Model with name nope does not exist."),
        ("/v2/models/nope", "GET", 404, "Model with name nope does not exist."),
        ("/v2/models/nope/ready", "GET", 404, "Model with name nope does not exist."),
        ("/v2/models/m/versions/9/infer", "POST", 404, "Model m with version 9 not found"),
        ("/v2/models/m/infer", "GET", 405, "GET is not a method of /v2/models/m/infer"),
        ("/v2/health/ready", "POST", 405, "POST is not a method of /v2/health/ready"),
        ("/v2/models/m/guess", "POST", 404, "nothing is served at /v2/models/m/guess"),
        ("/elsewhere", "GET", 404, "nothing is served at /elsewhere"),
    ],
)
def test_a_wrong_route_is_refused(path: str, method: str, status: int, error: str) -> None:
    found = error_of(oip(m__v1=Given), tensor([1], [1]), path, method=method)

    assert status == found[0]
    assert found[1].startswith(error)


@pytest.mark.parametrize(
    ("headers", "content_type", "status", "error"),
    [
        ({"Content-Encoding": "gzip"}, "application/json", 400, "the body is not gzip: "),
        ({"content-encoding": "br"}, "application/json", 415, "Content-Encoding 'br'"),
        ({"Inference-Header-Content-Length": "0"}, "", 400, "Inference-Header-Content-Length"),
        ({"Inference-Header-Content-Length": "-1"}, "", 400, "Inference-Header-Content-Length"),
        ({"Inference-Header-Content-Length": "9999"}, "", 400, "Inference-Header-Content-Length"),
        ({"inference-header-content-length": "9"}, "", 400, "the body is not JSON"),
        ({"Inference-Header-Content-Length": "9"}, "text/json", 400, "bytes came after JSON"),
        ({}, "text/plain", 400, "Content-Type 'text/plain' is not JSON"),
        ({}, "application/octet-stream", 400, "Content-Type 'application/octet-stream'"),
    ],
)
def test_a_body_of_another_kind_is_refused(
    headers: dict[str, str], content_type: str, status: int, error: str
) -> None:
    found = error_of(oip(m=Given), tensor([1], [1]), headers=headers, content_type=content_type)

    assert status == found[0]
    assert found[1].startswith(error)


@pytest.mark.parametrize(
    "content_type",
    ["", "application/json; charset=utf-8", "text/json", "application/x-www-form-urlencoded"],
)
def test_json_needs_no_exact_content_type(content_type: str) -> None:
    assert 200 == asked(oip(m=Given), INFER, tensor([1], [1]), content_type=content_type)[0]


def test_a_models_failure_is_500_in_kserves_words() -> None:
    def fail(inputs: Any) -> Any:
        raise RuntimeError("boom")

    assert (500, "RuntimeError : boom") == error_of(oip(m=fail), tensor([1], [1]))


def test_a_models_refusal_is_the_clients_turn() -> None:
    def refuse(inputs: Any) -> Any:
        raise RequestError("refused")

    def busy(inputs: Any) -> Any:
        raise RequestError("busy", kind=Kind.TOO_LARGE)

    assert (400, "refused") == error_of(oip(m=refuse), tensor([1], [1]))
    assert (413, "busy") == error_of(oip(m=busy), tensor([1], [1]))


@pytest.mark.parametrize(
    ("result", "status", "error"),
    [
        ([[1], [2, 3]], 500, "ValueError: output 'output-0' has rows of different lengths"),
        ({"y": object()}, 500, "TypeError: JSON has no form for object"),
        (numpy.array([1], dtype="float16"), 400, "Sending FP16 data via JSON is not supported."),
    ],
)
def test_a_result_that_is_no_tensor_is_refused(result: Any, status: int, error: str) -> None:
    found = error_of(oip(m=lambda inputs: result), tensor([1], [1]))

    assert status == found[0]
    assert found[1].startswith(error)


def test_a_response_is_left_alone() -> None:
    mine = Response(body="mine", status_code=418)

    assert mine is ask(oip(m=lambda inputs: mine), INFER, tensor([1], [1]))


class Slow(funcs.Model):
    """Loads when its parameter says so."""

    def load(self) -> None:
        self.params["gate"].wait(30)

    def predict(self, inputs: Any) -> Any:
        return inputs


def test_the_server_is_ready_once_nothing_loads_any_more() -> None:
    gate = Event()
    router = funcs.Router()
    router.add_model("slow", Slow, gate=gate)
    router.add_model("m", Given)
    graph = funcs.Graph("asked")
    graph.to(router, name="models").respond()
    host = started(graph, Settings(protocols=("oip",), load="async"))
    assert host.server is not None
    try:
        assert (503, {"ready": False}) == asked(host, "/v2/health/ready")
        assert (200, {"live": True}) == asked(host, "/v2/health/live")
        assert (503, "Model with name slow is not ready.") == error_of(
            host, b"", "/v2/models/slow/ready"
        )
    finally:
        gate.set()
    assert host.server.compiled.models.wait(30)
    assert (200, {"ready": True}) == asked(host, "/v2/health/ready")


def test_with_mlrun_beside_metadata_has_its_key() -> None:
    _, about = asked(host_of(m=Given), "/v2/models/m")

    assert about["model_endpoint_uid"] is None
