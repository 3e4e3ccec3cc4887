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
        ' "error_detail": "full", "host": "0.0.0.0", "load": "async", "files": "/f",'
        ' "header_timeout_s": 1, "body_timeout_s": 2.5, "send_timeout_s": 0,'
        ' "keepalive_timeout_s": 4, "max_connections": 5, "max_response_mb": 2,'
        ' "models": "/mnt/models"}'
    )
    expected = Settings(
        "main:graph", ("mlrun", "oip"), "1.14", "full", "0.0.0.0", "async", "/f", 1.0, 2.5, 0.0,
        4.0, 5, 2, "/mnt/models",
    )  # fmt: skip

    assert expected == Settings.from_environ({"FUNCS_CONFIG": config})


def test_single_variables_win_over_funcs_config() -> None:
    environ = {
        "FUNCS_CONFIG": '{"graph": "main:graph", "protocols": ["oip"]}',
        "FUNCS_GRAPH": "other:graph",
        "FUNCS_PROTOCOLS": "mlrun, oip",
    }

    assert Settings("other:graph", ("mlrun", "oip")) == Settings.from_environ(environ)


def test_a_count_may_be_text() -> None:
    assert ("X-A", "b") == Settings.from_environ({"FUNCS_RECORD_MASK": "X-A, b"}).record_mask
    assert 3 == Settings.from_environ({"FUNCS_RECORD_FILES": "3"}).record_files
    assert 64 == Settings.from_environ({"FUNCS_MAX_RESPONSE_MB": "64"}).max_response_mb


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", "true"])
def test_an_answers_length_is_a_whole_number_from_1(text: str) -> None:
    config = f'{{"max_response_mb": {text if text != "many" else chr(34) + text + chr(34)}}}'

    with pytest.raises(SpecError, match="max_response_mb must be a whole number from 1"):
        Settings.from_environ({"FUNCS_CONFIG": config})


def test_an_empty_variable_counts_as_unset() -> None:
    assert Settings() == Settings.from_environ({"FUNCS_CONFIG": "", "FUNCS_NUCLIO": ""})


def test_without_funcs_config_the_function_yaml_is_read(tmp_path: Path) -> None:
    text = "spec:\n  runtimeAttributes:\n    funcs:\n      graph: main:graph\n      nuclio: 1.15\n"
    (tmp_path / "function.yaml").write_text(text)

    assert Settings("main:graph", nuclio="1.15") == Settings.from_environ({}, folder=tmp_path)


def test_at_level_1_14_answers_may_be_temporary_files_unless_a_folder_is_named() -> None:
    folders = [
        Settings.from_environ({"FUNCS_NUCLIO": "1.14", **environ}).files
        for environ in ({}, {"TMPDIR": "/var/tmp"}, {"FUNCS_FILES": "/f", "TMPDIR": "/var/tmp"})
    ]

    assert ["/tmp", "/var/tmp", "/f"] == folders


def test_numbers_may_come_as_text() -> None:
    environ = {"FUNCS_MAX_CONNECTIONS": "12", "FUNCS_HEADER_TIMEOUT_S": "0.5"}

    assert Settings(max_connections=12, header_timeout_s=0.5) == Settings.from_environ(environ)


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
        ({"FUNCS_FILES": "out"}, ["FUNCS_FILES", "no absolute path: 'out'", "/tmp/answers"]),
        ({"FUNCS_MAX_CONNECTIONS": "0"}, ["FUNCS_MAX_CONNECTIONS", "a whole number from 1"]),
        ({"FUNCS_MAX_CONNECTIONS": "1.5"}, ["a whole number from 1, got '1.5'"]),
        ({"FUNCS_CONFIG": '{"max_connections": 1.5}'}, ["a whole number from 1, got 1.5"]),
        ({"FUNCS_CONFIG": '{"max_connections": true}'}, ["a whole number from 1, got True"]),
        ({"FUNCS_CONFIG": '{"send_timeout_s": null}'}, ["seconds from 0, got None"]),
        ({"FUNCS_BODY_TIMEOUT_S": "30s"}, ["seconds from 0, got '30s'", "body_timeout_s: 10"]),
        ({"FUNCS_BODY_TIMEOUT_S": "-1"}, ["seconds from 0, got '-1'"]),
        ({"FUNCS_BODY_TIMEOUT_S": "nan"}, ["seconds from 0, got 'nan'"]),
        ({"FUNCS_BODY_TIMEOUT_S": "inf"}, ["seconds from 0, got 'inf'"]),
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
