"""The events beside a function: checked in a test, parametrized, and told when they fail."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from funcs.errors import FuncsError
from funcs.testing import Client, Emulator, EventCheck, events
from tests.funcs.client_functions import write_function

MAIN = """
def handler(context, event):
    context.logger.info_with("asked", path=event.path)
    if event.path == "/fail":
        raise ValueError("no such luck")
    return {"path": event.path, "body": event.body}
"""
TESTS = """
import pytest

import funcs.testing


@pytest.mark.parametrize("event", funcs.testing.events(__file__))
def test_an_event(event, funcs_client):
    event.check(funcs_client)
"""


def function(folder: Path, **cases: Any) -> Path:
    write_function(folder, MAIN)
    (folder / "events").mkdir()
    for name, value in cases.items():
        (folder / "events" / f"{name}.json").write_text(json.dumps(value))
    return folder


def check_of(folder: Path) -> EventCheck:
    check = events(folder)[0].values[0]
    assert isinstance(check, EventCheck)
    return check


def test_an_event_that_cannot_be_sent_is_told_with_its_file(tmp_path: Path) -> None:
    event = {"headers": {"a": "1\r\nb: 2"}}
    check = check_of(function(tmp_path, bad={"event": event, "answer": {}}))

    with Client(tmp_path) as client, pytest.raises(FuncsError, match="cannot be sent") as caught:
        check.check(client)
    assert caught.value.where.endswith("events/bad.json")


def test_a_check_passes_without_sockets_and_over_http(tmp_path: Path) -> None:
    answer = {"json": {"path": "/a", "body": [1]}}
    check = check_of(
        function(tmp_path, one={"event": {"path": "a", "json": [1]}, "answer": answer})
    )

    with Client(tmp_path) as client, Emulator(tmp_path) as emulator:
        check.check(client)
        check.check(emulator)


def test_a_failure_says_where_what_was_expected_and_what_was(tmp_path: Path) -> None:
    check = check_of(
        function(tmp_path, one={"event": {"json": [1]}, "answer": {"json": {"body": [2]}}})
    )

    with Client(tmp_path) as client, pytest.raises(AssertionError) as caught:
        check.check(client)

    assert [
        f"the answer to {tmp_path / 'events' / 'one.json'} is not as expected",
        "  body.body[0]: expected 2, was 1",
    ] == str(caught.value).splitlines()


def test_an_answer_of_another_status_is_shown(tmp_path: Path) -> None:
    check = check_of(
        function(tmp_path, one={"event": {"path": "/fail"}, "answer": {"status": 200}})
    )

    with Client(tmp_path, error_detail="message") as client:
        lines = check.run(client).lines()

    assert "status: expected 200, was 500" == lines[0]
    assert ['answered: Exception caught in handler - "no such luck"'] == lines[1:]


def test_a_bad_file_fails_alone(tmp_path: Path) -> None:
    function(tmp_path, good={"event": {"path": "/"}, "answer": {}}, bad={"event": 1, "answer": {}})
    (tmp_path / "events" / "worse.json").write_text("{")
    checks = [each.values[0] for each in events(tmp_path)]

    with Client(tmp_path) as client:
        checks[1].check(client)
        with pytest.raises(FuncsError, match="no JSON"):
            checks[2].check(client)


GRAPH = """
import funcs


class Sums(funcs.Model):
    def predict(self, inputs):
        return [sum(row) for row in inputs]


graph = funcs.Graph("sums")
graph.to(funcs.Router(), name="models").respond()
graph["models"].add_model("sums:v1", Sums)
"""


def test_a_body_goes_to_the_first_model_of_a_graph(tmp_path: Path) -> None:
    function(tmp_path, rows={"inputs": [[1, 2]]})
    (tmp_path / "main.py").write_text(GRAPH)
    (tmp_path / "events" / "rows.answer.json").write_text('{"json": {"outputs": [3]}}')

    with Client(tmp_path) as client, Emulator(tmp_path) as emulator:
        assert ("sums:v1",) == client.models == emulator.models
        check_of(tmp_path).check(client)
        check_of(tmp_path).check(emulator)


def test_a_users_suite_has_a_test_for_each_event(tmp_path: Path) -> None:
    function(tmp_path, one={"event": {"path": "/"}, "answer": {}}, two=[2], three={"a": 3})
    (tmp_path / "events" / "three.answer.json").write_text('{"json": {"path": "/other"}}')
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_events.py").write_text(TESTS)
    line = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "1 failed, 2 passed" in done.stdout
    assert "test_an_event[three]" in done.stdout
    assert 'body.path: expected "/other", was "/"' in done.stdout
    assert "events.py" not in done.stdout.replace("test_events.py", "")
