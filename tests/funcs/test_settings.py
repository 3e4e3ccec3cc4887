from __future__ import annotations

from pathlib import Path

import pytest

from funcs.errors import SpecError
from funcs.settings import Settings


def test_nothing_set_gives_the_defaults() -> None:
    assert Settings() == Settings.from_environ({})


def test_funcs_config_sets_every_key() -> None:
    config = (
        '{"graph": "main:graph", "protocols": ["mlrun", "oip"], "nuclio": "1.14",'
        ' "error_detail": "full", "host": "0.0.0.0", "load": "async", "max_response_mb": 2}'
    )
    expected = Settings("main:graph", ("mlrun", "oip"), "1.14", "full", "0.0.0.0", "async", 2)

    assert expected == Settings.from_environ({"FUNCS_CONFIG": config})


def test_single_variables_win_over_funcs_config() -> None:
    environ = {
        "FUNCS_CONFIG": '{"graph": "main:graph", "protocols": ["oip"]}',
        "FUNCS_GRAPH": "other:graph",
        "FUNCS_PROTOCOLS": "mlrun, oip",
    }

    assert Settings("other:graph", ("mlrun", "oip")) == Settings.from_environ(environ)


def test_a_count_may_be_text() -> None:
    assert 64 == Settings.from_environ({"FUNCS_MAX_RESPONSE_MB": "64"}).max_response_mb


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", "true"])
def test_a_count_is_a_whole_number_above_0(text: str) -> None:
    config = f'{{"max_response_mb": {text if text != "many" else chr(34) + text + chr(34)}}}'

    with pytest.raises(SpecError, match="max_response_mb must be a whole number above 0"):
        Settings.from_environ({"FUNCS_CONFIG": config})


def test_an_empty_variable_counts_as_unset() -> None:
    assert Settings() == Settings.from_environ({"FUNCS_CONFIG": "", "FUNCS_NUCLIO": ""})


def test_without_funcs_config_the_function_yaml_is_read(tmp_path: Path) -> None:
    text = "spec:\n  runtimeAttributes:\n    funcs:\n      graph: main:graph\n      nuclio: 1.14\n"
    (tmp_path / "function.yaml").write_text(text)

    assert Settings("main:graph", nuclio="1.14") == Settings.from_environ({}, folder=tmp_path)


def test_funcs_config_hides_the_function_yaml(tmp_path: Path) -> None:
    (tmp_path / "function.yaml").write_text("spec: {runtimeAttributes: {funcs: {graph: a:b}}}")

    assert Settings("c:d") == Settings.from_environ(
        {"FUNCS_CONFIG": '{"graph": "c:d"}'}, folder=tmp_path
    )


@pytest.mark.parametrize("text", ["", "spec:\n", "spec:\n  handler: main:handler\n"])
def test_a_function_yaml_without_our_part_changes_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "function.yaml").write_text(text)

    assert Settings() == Settings.from_environ({}, folder=tmp_path)


@pytest.mark.parametrize(
    ("environ", "parts"),
    [
        ({"FUNCS_CONFIG": "{"}, ["FUNCS_CONFIG is not JSON"]),
        ({"FUNCS_CONFIG": "[]"}, ["expected a map, got list", "FUNCS_CONFIG"]),
        ({"FUNCS_CONFIG": '{"grap": 1}'}, ["'grap'", "FUNCS_CONFIG", "did you mean 'graph'?"]),
        ({"FUNCS_CONFIG": '{"graph": 1}'}, ["graph must be text, got 1", "FUNCS_CONFIG  graph"]),
        ({"FUNCS_CONFIG": '{"protocols": [1]}'}, ["protocols must be a list of names"]),
        ({"FUNCS_CONFIG": '{"protocols": null}'}, ["protocols must be a list of names"]),
        ({"FUNCS_NUCLIO": "1.9"}, ["nuclio cannot be '1.9'", "FUNCS_NUCLIO", "'1.14' or '1.15'"]),
        ({"FUNCS_ERROR_DETAIL": "all"}, ["FUNCS_ERROR_DETAIL", "'message' or 'full'"]),
        ({"FUNCS_LOAD": "lazy"}, ["FUNCS_LOAD", "'sync' or 'async'"]),
    ],
)
def test_a_bad_value_is_refused_by_its_place(environ: dict[str, str], parts: list[str]) -> None:
    with pytest.raises(SpecError) as caught:
        Settings.from_environ(environ)

    assert [] == [part for part in parts if part not in str(caught.value)]


def test_broken_yaml_is_named_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "function.yaml").write_text("spec:\n  a: b: c\n")

    with pytest.raises(SpecError) as caught:
        Settings.from_environ({}, folder=tmp_path)

    assert f"{tmp_path / 'function.yaml'}:2" == caught.value.where


def test_an_unknown_key_in_function_yaml_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "function.yaml").write_text("spec: {runtimeAttributes: {funcs: {hots: x}}}")

    with pytest.raises(SpecError, match="'hots'") as caught:
        Settings.from_environ({}, folder=tmp_path)

    assert str(tmp_path / "function.yaml") in caught.value.where


def test_a_function_yaml_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "function.yaml").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(SpecError, match="is not YAML"):
        Settings.from_environ({}, folder=tmp_path)
