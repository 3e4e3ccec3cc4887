from __future__ import annotations

import json
import re
from io import BytesIO
from typing import Any

import pytest

import funcs
from funcs.errors import Kind, RequestError
from funcs.host import Host
from funcs.settings import Settings
from tests.funcs.protocols.asking import Given, Sums, ask, asked, host_of, log_of

ONLY = Settings(protocols=("mlrun",))


class Explaining(funcs.Model):
    def predict(self, inputs: Any) -> Any:
        return len(inputs)

    def explain(self, inputs: Any) -> Any:
        return {"because": inputs}


class Unloaded(funcs.Model):
    def load(self) -> None:
        raise OSError("no such file")

    def predict(self, inputs: Any) -> Any:
        return inputs


def mlrun(**models: Any) -> Host:
    return host_of(settings=ONLY, **models)


def text(host: Host, path: str, body: Any = b"", **more: Any) -> tuple[int, str]:
    response = ask(host, path, body, **more)
    assert "text/plain" == response.content_type
    return response.status_code, response.body


def test_an_inference_has_mlruns_envelope() -> None:
    status, body = asked(mlrun(m=Sums), "/v2/models/m/infer", {"inputs": [[1, 2], [3, 4]]})

    assert 200 == status
    assert ["id", "model_name", "outputs", "timestamp"] == list(body)
    assert ("e1", "m", [3.0, 7.0]) == (body["id"], body["model_name"], body["outputs"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+00:00", body["timestamp"])


def test_an_explanation_has_no_time() -> None:
    _, body = asked(mlrun(m=Explaining), "/v2/models/m/explain", {"inputs": [1]})

    assert {"id": "e1", "model_name": "m", "outputs": {"because": [1]}} == body


@pytest.mark.parametrize("given", ["mine", 7, "", None, [1], {"a": 1}])
def test_the_clients_id_comes_back_as_it_is(given: Any) -> None:
    _, body = asked(mlrun(m=Given), "/v2/models/m/infer", {"id": given, "inputs": []})

    assert given == body["id"]


def test_rows_by_name_become_columns() -> None:
    class Named(funcs.Model):
        inputs = {"a": funcs.Tensor("int64", (-1,)), "b": funcs.Tensor("int64", (-1,))}

        def predict(self, inputs: Any) -> Any:
            return inputs["a"] - inputs["b"]

    rows = [{"b": 1, "a": 5}, {"a": 1, "b": 0}]
    host = mlrun(m=Named)

    for operation in ("infer_dict", "predict_dict", "infer"):
        _, body = asked(host, f"/v2/models/m/{operation}", {"inputs": rows})
        assert [4, 1] == body["outputs"]
    _, body = asked(host, "/v2/models/m/infer_dict", {"inputs": rows[0] | {"more": 1}})
    assert [4] == body["outputs"]


@pytest.mark.parametrize(
    ("inputs", "error"),
    [
        ([{"a": 1}], "don't contain all the necessary input keys : ['x']"),
        ([1], "must be of type `list[dict]` or `dict`"),
        (None, "must be of type `list[dict]` or `dict`"),
    ],
)
def test_rows_without_the_names_are_refused(inputs: Any, error: str) -> None:
    status, body = text(mlrun(m=Sums), "/v2/models/m/infer_dict", {"inputs": inputs})

    assert 400 == status
    assert error in body


def test_an_own_operation_answers_its_result_alone() -> None:
    host = mlrun(m=Given)

    assert (200, "[1]") == text(host, "/v2/models/m/shout", {"inputs": [1]})
    assert (200, "{'A': 1}") == text(host, "/v2/models/m/shout", {"a": 1})
    assert (200, "NONE") == text(host, "/v2/models/m/shout", method="GET")
    assert (200, "[2]") == text(host, "/", {"operation": "shout", "inputs": [2]})


def test_an_image_is_a_file() -> None:
    def read(inputs: list[BytesIO]) -> list[int]:
        return [len(image.read()) for image in inputs]

    host = mlrun(m=read)
    _, body = asked(host, "/v2/models/m/infer", b"\xff\xd8", content_type="image/jpeg")

    assert [2] == body["outputs"]


def test_metadata_names_declared_tensors() -> None:
    expected = {
        "name": "m",
        "model_endpoint_uid": "",
        "inputs": [{"name": "x", "value_type": "float"}],
        "outputs": [{"name": "y", "value_type": "float"}],
    }

    assert (200, expected) == asked(mlrun(m__v1=Sums), "/v2/models/m/versions/v1")


def test_a_models_refusal_keeps_its_kind() -> None:
    def busy(inputs: Any) -> Any:
        raise RequestError("come back later", kind=Kind.NOT_READY)

    host = mlrun(m=busy)

    assert 503 == text(host, "/v2/models/m/infer", {"inputs": []})[0]
    assert [] == log_of(host).errors


def test_a_models_failure_names_its_causes() -> None:
    def fail(inputs: Any) -> Any:
        try:
            json.loads("{")
        except ValueError as error:
            raise RuntimeError("no weights") from error

    status, body = text(mlrun(m=fail), "/v2/models/m/infer", {"inputs": []})

    assert 400 == status
    assert body.startswith("RuntimeError: no weights, caused by: Expecting property name")


def test_a_model_that_did_not_load_is_503_and_says_why() -> None:
    host = host_of(settings=Settings(protocols=("mlrun",), load="async"), m=Unloaded, ok=Given)
    assert host.server is not None
    assert host.server.compiled.models.wait(30)

    expected = "RuntimeError: model m is not ready yet, caused by: model 'm' did not load: "
    for path, body in (("/v2/models/m/ready", b""), ("/v2/models/m/infer", {"inputs": []})):
        status, said = text(host, path, body)
        assert 503 == status
        assert f"{expected}OSError: no such file" == said


def test_the_traceback_is_shown_only_where_the_setting_allows() -> None:
    def fail(inputs: Any) -> Any:
        raise RuntimeError("boom")

    body: dict[str, Any] = {"inputs": []}
    full = Settings(protocols=("mlrun",), error_detail="full")

    assert "RuntimeError: boom" == text(mlrun(m=fail), "/v2/models/m/infer", body)[1]
    shown = text(host_of(settings=full, m=fail), "/v2/models/m/infer", body)[1]
    assert shown.startswith("RuntimeError: boom\nTraceback (most recent call last):")


def test_a_result_that_is_no_json_is_500() -> None:
    status, body = text(mlrun(m=lambda inputs: object()), "/v2/models/m/infer", {"inputs": []})

    assert (500, "TypeError: JSON has no form for object") == (status, body)


def test_the_service_tells_kserves_clients_that_it_is_alive() -> None:
    expected = {"status": "alive", "name": "Router", "version": "v2", "extensions": []}

    assert (200, expected) == asked(host_of(m=Given), "/")


def test_alone_it_knows_models_by_their_full_key_as_mlrun_does() -> None:
    status, body = text(mlrun(m__v1=Sums, m__v2=Sums), "/v2/models/m/infer", {"inputs": [[1, 2]]})

    assert 400 == status
    assert "ValueError: model m doesnt exist, available models: m:v1 | m:v2" == body


def test_beside_others_a_name_without_version_is_the_same_model_in_each_dialect() -> None:
    host = host_of(m__v1=Sums, m__v2=Sums)

    assert 200 == asked(host, "/v2/models/m/infer", {"inputs": [[1, 2]]})[0]
    assert 200 == asked(host, "/", {"model": "m", "inputs": [[1, 2]]})[0]
    assert 400 == ask(host, "/v2/models/n/infer", {"inputs": [[1, 2]]}).status_code
