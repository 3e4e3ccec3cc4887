"""What a platform is told is function.yaml, and what the command adds to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from funcs.deploy.document import Additions, function_document, with_image
from funcs.deploy.target import Target
from funcs.errors import DeployError
from funcs.spec import FunctionSpec

TARGET = Target(platform="nuclio", url="http://host:8070", namespace="lab", project="demo")


def document(folder: Path, text: str, additions: Additions | None = None) -> dict[str, Any]:
    (folder / "function.yaml").write_text(text)
    return function_document(FunctionSpec.of(folder), TARGET, additions or Additions())


def test_the_target_says_namespace_and_project(folder: Path) -> None:
    found = document(
        folder, "metadata: {name: shop, namespace: other, resourceVersion: '7'}\nspec: {}"
    )

    assert "lab" == found["metadata"]["namespace"]
    assert "demo" == found["metadata"]["labels"]["nuclio.io/project-name"]
    assert "resourceVersion" not in found["metadata"]


def test_what_is_zero_is_left_out_unless_it_is_meant(folder: Path) -> None:
    spec = document(folder, "spec: {minReplicas: 0, maxReplicas: 2, publish: false}")["spec"]

    assert 0 == spec["minReplicas"]
    assert not {"publish", "platform", "securityContext", "eventTimeout", "build"} & set(spec)


def test_the_command_lines_variables_win_in_their_place(folder: Path) -> None:
    text = "spec: {env: [{name: A, value: '1'}, {name: B, value: '2'}]}"
    found = document(folder, text, Additions.of(["A=x=y", "C="], []))

    expected = [("A", "x=y"), ("B", "2"), ("C", "")]
    assert expected == [(each["name"], each["value"]) for each in found["spec"]["env"]]


def test_our_settings_travel_as_json_without_quotes(folder: Path) -> None:
    (folder / "main.py").write_text("import funcs\ngraph = funcs.Graph('g')\n")
    text = "spec: {runtimeAttributes: {funcs: {graph: 'main:graph', host: \"it's $(A) $$\"}}}"
    found = document(folder, text)

    (variable,) = found["spec"]["env"]
    assert "FUNCS_CONFIG" == variable["name"]
    assert r'{"graph":"main:graph","host":"it\u0027s \u0024(A) \u0024\u0024"}' == variable["value"]


def test_settings_that_the_function_sets_itself_stay(folder: Path) -> None:
    text = (
        "spec:\n  env: [{name: FUNCS_CONFIG, value: '{}'}]\n"
        "  runtimeAttributes: {funcs: {error_detail: full}}\n"
    )

    assert [{"name": "FUNCS_CONFIG", "value": "{}"}] == document(folder, text)["spec"]["env"]


def test_a_folder_of_the_host_is_mounted(folder: Path) -> None:
    found = document(folder, "spec: {}", Additions.of([], ["/data:/in"]))

    (pair,) = found["spec"]["volumes"]
    assert {"name": "host-0", "hostPath": {"path": "/data"}} == pair["volume"]
    assert {"name": "host-0", "mountPath": "/in"} == pair["volumeMount"]


@pytest.mark.parametrize("text", ["A", "=x", "1A=x", "A B=x", "A=\0", "A=\udcff"])
def test_what_sets_no_variable_is_refused(text: str) -> None:
    with pytest.raises(DeployError) as caught:
        Additions.of([text], [])

    assert "--env" == caught.value.where


@pytest.mark.parametrize("text", ["/data", "data:/in", "/data:in", ":", "/a:"])
def test_what_is_no_volume_is_refused(text: str) -> None:
    with pytest.raises(DeployError, match="is no volume"):
        Additions.of([], [text])


def test_an_exported_function_is_deployed_like_another(folder: Path) -> None:
    annotations = "{skip-deploy: 'true', skip-build: 'true', note: mine}"
    found = document(folder, f"metadata: {{name: shop, annotations: {annotations}}}\nspec: {{}}")

    assert {"note": "mine"} == found["metadata"]["annotations"]


def test_an_image_is_told_by_its_digest_too(folder: Path) -> None:
    found = with_image(document(folder, "spec: {}"), "shop:latest", "sha256:ab")

    assert {"funcs/image": "sha256:ab"} == found["metadata"]["annotations"]
    assert "shop:latest" == found["spec"]["image"]
