"""The curl line of the first screen."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from funcs.emulator.sample import ModelCard, Sample, choose_sample, example_body

URL = "http://127.0.0.1:8080"
PIXELS = {"name": "pixels", "datatype": "FP32", "shape": [-1, 2]}


def sample(folder: Path, *models: ModelCard, is_graph: bool = True) -> Sample:
    return choose_sample(folder, models, scratch=folder / ".funcs", is_graph=is_graph)


def words(one: Sample, folder: Path) -> list[str]:
    return shlex.split(one.curl(URL, working_folder=folder))


def test_an_event_of_the_function_is_sent_from_its_file(tmp_path: Path) -> None:
    events = tmp_path / "events"
    events.mkdir()
    (events / "b.json").write_text("{}")
    (events / "a.json").write_text('{"inputs": []}')
    (events / "0-broken.json").write_text("{")

    found = sample(tmp_path, ModelCard("digits"))

    expected = ["curl", "-s", f"{URL}/v2/models/digits/infer"]
    expected += ["-H", "Content-Type: application/json", "--data-binary", "@events/a.json"]
    assert expected == words(found, tmp_path)
    assert f"@{events / 'a.json'}" == words(found, tmp_path / "elsewhere")[-1]


def test_a_saved_nuclio_event_says_where_it_goes(tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()
    attributes = {"method": "PUT", "path": "x/y", "headers": {"Content-Type": "text/plain"}}
    event = {"metadata": {"name": "e"}, "spec": {"body": "it's", "attributes": attributes}}
    (tmp_path / "events" / "e.json").write_text(json.dumps(event))

    found = words(sample(tmp_path), tmp_path)

    expected = ["curl", "-s", f"{URL}/x/y", "-X", "PUT", "-H", "Content-Type: text/plain"]
    assert [*expected, "-d", "it's"] == found


def test_declared_inputs_make_a_body(tmp_path: Path) -> None:
    found = words(sample(tmp_path, ModelCard("svm", "v1", (PIXELS,))), tmp_path)

    tensor = {"name": "pixels", "shape": [1, 2], "datatype": "FP32", "data": [0.5, 0.5]}
    assert {"inputs": [tensor]} == json.loads(found[-1])


def test_a_model_that_speaks_mlrun_alone_gets_rows() -> None:
    card = ModelCard("svm", "", ({"name": "x", "datatype": "INT64", "shape": [2, -1, 2]},), False)

    assert '{"inputs": [[[1, 1]], [[1, 1]]]}' == example_body(card)


def test_a_long_body_goes_to_a_file(tmp_path: Path) -> None:
    (tmp_path / ".funcs").mkdir()
    card = ModelCard("digits", "", ({"name": "x", "datatype": "BOOL", "shape": [-1, 64]},))

    found = sample(tmp_path, card)

    assert tmp_path / ".funcs" / "sample.json" == found.file
    assert [True] * 64 == json.loads((tmp_path / ".funcs" / "sample.json").read_text())["inputs"][
        0
    ]["data"]


def test_what_cannot_be_made_up_is_a_look_at_the_metadata(tmp_path: Path) -> None:
    huge = ModelCard("huge", "", ({"name": "x", "datatype": "FP32", "shape": [3, 224, 224]},))

    assert ["curl", "-s", f"{URL}/v2/models/huge"] == words(sample(tmp_path, huge), tmp_path)
    assert ["curl", "-s", f"{URL}/v2/models/any"] == words(
        sample(tmp_path, ModelCard("any")), tmp_path
    )


def test_a_plain_handler_is_greeted(tmp_path: Path) -> None:
    found = sample(tmp_path, is_graph=False)

    assert ["curl", "-s", f"{URL}/", "-d", "hello"] == words(found, tmp_path)
