"""The emulated dashboard answers recorded requests as the real one did.

The client is then tested against the emulated one, so that it is the recordings, and not the
client, that say how a dashboard behaves.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from funcs.deploy.nuclio.serve import serving
from funcs.deploy.target import Target
from tests.conformance.dashboard.differences import DIFFERENCES
from tests.conformance.dashboard.replay import (
    NO_ANSWER,
    Seen,
    exchanges,
    recorded,
    replayed,
    sequences,
    whole_body,
)
from tests.dashboard.ending import root_cause
from tests.dashboard.server import EmulatedDashboard, emulated_dashboard

#: Where the recorded archive was served, and the id that the real dashboard made up.
_ARCHIVE_HOST, _UUID = "127.0.0.1:28555", "862bd2d1-d3e9-4f40-b3c5-0408077a63df"
#: Requests that were sent while this deploy went on.
_MEANWHILE = ("upd-put-while-", "upd-delete-while-", "upd-invoke-while-")
#: What happened on the machine before these, off the record.
_BEFORE: dict[str, Callable[[EmulatedDashboard], None]] = {
    "nohealth-get-after-restart": lambda dashboard: dashboard.deploys.restart(),
    "hw-get-unhealthy": lambda dashboard: dashboard.deploys.kill("hw"),
    "prj-delete-empty": lambda dashboard: _make_project(dashboard, "demo2"),
    "conc-get-later": lambda dashboard: _settle(dashboard, "conc"),
    "stale-get-pyecho": lambda dashboard: _deploy(dashboard, "stale-put-pyecho"),
}
#: What the watcher saw while nothing was deployed.
_WATCHED = ("hw-killed", "hw-started")
#: Sequences that are told otherwise: two at a time, and a helper that is slow (`Deploys.stale`).
_OTHER_SEQUENCES = {*_WATCHED, "conc-states", "helper-slow-real"}


class Replay:
    """All exchanges in their order: what was seen of each, and of each deploy's states."""

    def __init__(self, dashboard: EmulatedDashboard, archive_host: str) -> None:
        self.answers: dict[str, Seen] = {}
        self.states: dict[str, list[dict[str, Any]]] = {}
        self._dashboard = dashboard
        self._words = {_ARCHIVE_HOST: archive_host}
        self._waiting = ""

    def run(self) -> None:
        for name, exchange in exchanges().items():
            if self._waiting and not name.startswith(_MEANWHILE):
                self._follow()
            if name in _BEFORE:
                _BEFORE[name](self._dashboard)
            self.answers[name] = self._send(exchange)
            if name == "ev-create-no-name":
                self._words[_UUID] = list(self._dashboard.events.stored)[-1]
            self._waiting = _sequence_of(name) or self._waiting
        if self._waiting:
            self._follow()

    def _send(self, exchange: dict[str, Any]) -> Seen:
        path, body = exchange["path"], whole_body(exchange)
        for recorded_word, ours in self._words.items():
            path = path.replace(recorded_word, ours)
            body = body and body.replace(recorded_word.encode(), ours.encode())
        try:
            return replayed({**exchange, "path": path}, self._dashboard.url, body)
        except OSError:
            return NO_ANSWER

    def _follow(self) -> None:
        """Look at the function until its recorded last state comes."""
        sequence = sequences()[self._waiting]
        get = {"method": "GET", "path": f"/api/functions/{sequence['function']}"}
        last = sequence["states"][-1]["state"]
        seen: list[dict[str, Any]] = []
        for _ in range(self._dashboard.deploys.looks + 2):
            try:
                answer = replayed({**get, "request_headers": []}, self._dashboard.url)
            except OSError:
                seen.append({"state": None})
                break
            if not seen or seen[-1]["state"] != answer.body["status"]["state"]:
                seen.append(answer.body["status"])
            if seen[-1]["state"] == last:
                break
        self.states[self._waiting] = seen
        self._waiting = ""


def _make_project(dashboard: EmulatedDashboard, name: str) -> None:
    dashboard.projects.write({"metadata": {"name": name}})


def _settle(dashboard: EmulatedDashboard, name: str) -> None:
    dashboard.deploys.settle(dashboard.deploys.functions["nuclio", name])


def _deploy(dashboard: EmulatedDashboard, exchange: str) -> None:
    """Deploy what a later exchange deploys again."""
    document = json.loads(exchanges()[exchange]["request_body"])
    dashboard.deploys.create(document, {})
    _settle(dashboard, document["metadata"]["name"])


def _sequence_of(exchange: str) -> str:
    """The sequence of states that an exchange began; empty if none was recorded."""
    stems = (exchange, exchange.removesuffix("-request"), exchange.removesuffix("-post"))
    names = {"prj-import": "prj-import-fn"} | {name: name for name in sequences()}
    found = next((names[stem] for stem in stems if stem in names), "")
    return "" if found in _OTHER_SEQUENCES else found


@pytest.fixture(scope="module")
def replay() -> Iterator[Replay]:
    files = {"fn.zip": b"PK"}
    with emulated_dashboard() as dashboard:
        target = Target(platform="nuclio", url=dashboard.url)
        with serving(files, target) as served:
            replay = Replay(dashboard, served.host)
            replay.run()
            yield replay


def _is_functions_own(exchange: dict[str, Any]) -> bool:
    """Whether a function answered, or wrote the log: what it says is its own."""
    body = exchange.get("response_body") or ""
    is_call = exchange["path"].startswith("/api/function_invocations")
    return "/logs/" in exchange["path"] or (is_call and not body.startswith('{"error'))


@pytest.mark.parametrize("name", [name for name in exchanges() if name not in DIFFERENCES])
def test_an_exchange_is_answered_as_recorded(name: str, replay: Replay) -> None:
    exchange = exchanges()[name]
    expected, actual = recorded(exchange), replay.answers[name]

    assert expected.status == actual.status
    if _is_functions_own(exchange) and expected.status == 200:
        return
    if not _is_functions_own(exchange):
        assert expected.content_type == actual.content_type
        assert _comparable(expected.body) == _comparable(actual.body)
    assert expected.allow == actual.allow


@pytest.mark.parametrize("name", [name for name in sequences() if name not in _OTHER_SEQUENCES])
def test_a_deploy_goes_through_the_recorded_states(name: str, replay: Replay) -> None:
    expected = sequences()[name]["states"]
    actual = replay.states[name]

    assert [each["state"] for each in expected] == [each["state"] for each in actual]
    end = expected[-1]
    assert root_cause(end["message"] or "") == root_cause(actual[-1].get("message", ""))
    assert set(end["status"] or {}) <= set(actual[-1])


@pytest.mark.parametrize("name", [name for name in sequences() if name not in _OTHER_SEQUENCES])
def test_the_log_of_a_deploy_has_the_recorded_lines(name: str, replay: Replay) -> None:
    expected = [line["message"] for line in sequences()[name]["logs"] or ()]
    actual = [line["message"] for line in replay.states[name][-1].get("logs", ())]

    assert expected == actual


def test_the_watcher_sees_a_container_end_and_start_again() -> None:
    def shown() -> list[Any]:
        status = dict(dashboard.state_of("hw")["status"])
        return [status.pop("state"), status.pop("message", ""), sorted({*status} - {"logs"})]

    with emulated_dashboard() as dashboard:
        _deploy(dashboard, "hw-post")
        seen = [shown()]
        dashboard.deploys.kill("hw")
        seen.append(shown())
        dashboard.deploys.revive("hw")
        seen.append(shown())
    expected = [
        [[each["state"], each["message"] or "", sorted(each["status"])] for each in states]
        for states in (sequences()[name]["states"] for name in _WATCHED)
    ]

    assert expected == [seen[:2], seen[1:]]


def _comparable(body: Any) -> Any:
    """Without the logs where a dashboard was restarted off the record: they are in its memory."""
    if isinstance(body, dict) and isinstance(body.get("status"), dict):
        status = {key: item for key, item in body["status"].items() if key != "logs"}
        return {**body, "status": status}
    return body


def test_every_difference_is_of_a_recorded_exchange() -> None:
    assert set() == set(DIFFERENCES) - set(exchanges())


def test_the_recordings_are_json_lines() -> None:
    read = partial(json.dumps, sort_keys=True)

    assert all(read(each) for each in exchanges().values())
