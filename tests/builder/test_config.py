from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from funcs_builder.config import Healthcheck, ImageConfig, RunConfig, timestamp
from funcs_builder.document import Document
from funcs_builder.errors import BuildError
from funcs_builder.platforms import LINUX_AMD64

BASE = {
    "Env": ["PATH=/usr/bin", "LANG=C.UTF-8"],
    "Cmd": ["python3"],
    "Labels": {"a": "1"},
    "ExposedPorts": {"80/tcp": {}},
    "Shell": ["/bin/bash", "-c"],
    "OnBuild": ["RUN true"],
    "WorkingDir": "/srv",
}
DIFF_ID = "sha256:" + "1" * 64


def over(run: RunConfig) -> dict[str, object]:
    return run.over(Document(BASE, "base"))


def test_variables_labels_and_ports_are_added_to_the_bases() -> None:
    found = over(RunConfig(env={"PATH": "/bin", "X": "="}, labels={"b": "2"}, ports=("8080/tcp",)))

    assert ["PATH=/bin", "LANG=C.UTF-8", "X=="] == found["Env"]
    assert {"a": "1", "b": "2"} == found["Labels"]
    assert {"80/tcp": {}, "8080/tcp": {}} == found["ExposedPorts"]


def test_an_entrypoint_takes_the_bases_command_away() -> None:
    assert "Cmd" not in over(RunConfig(entrypoint=("/run",)))
    assert ["python3"] == over(RunConfig(user="1"))["Cmd"]
    assert ["x"] == over(RunConfig(entrypoint=("/run",), cmd=("x",)))["Cmd"]


def test_what_is_not_said_stays_as_the_base_has_it_but_triggers() -> None:
    found = over(RunConfig())

    assert {key: value for key, value in BASE.items() if key != "OnBuild"} == found


def test_a_healthcheck_is_written_in_dockers_words() -> None:
    check = Healthcheck(("python3", "-c", "1"), interval_s=0.2, timeout_s=2, start_period_s=10)

    assert {
        "Test": ["CMD", "python3", "-c", "1"],
        "Interval": 200_000_000,
        "Timeout": 2_000_000_000,
        "StartPeriod": 10_000_000_000,
        "Retries": 3,
    } == check.to_dict()


def test_a_config_with_layers_on_top_keeps_what_was_below() -> None:
    data = {
        "architecture": "amd64",
        "os": "linux",
        "config": BASE,
        "rootfs": {"type": "layers", "diff_ids": [DIFF_ID]},
        "history": [
            {"created_by": "ADD root"},
            {"created_by": "CMD python3", "empty_layer": True},
        ],
    }
    base = ImageConfig.from_json(json.dumps(data).encode(), "base")
    found = json.loads(
        base.extended(
            RunConfig(user="65532"), created=timestamp(60), diff_ids=[DIFF_ID], steps=["code"]
        ).to_json()
    )

    assert [DIFF_ID, DIFF_ID] == found["rootfs"]["diff_ids"]
    assert "1970-01-01T00:01:00Z" == found["created"]
    assert ["ADD root", "CMD python3", "code"] == [step["created_by"] for step in found["history"]]
    assert "65532" == found["config"]["User"]


def test_a_history_that_tells_of_fewer_layers_is_replaced() -> None:
    base = ImageConfig(LINUX_AMD64, timestamp(0), {}, (DIFF_ID, DIFF_ID))
    found = base.extended(RunConfig(), created=timestamp(0), diff_ids=[], steps=[])

    assert 2 == len(found.history)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RunConfig(env={"A=B": "1"}), "cannot be a variable"),
        (lambda: RunConfig(env={"A\nUSER root": "1"}), "cannot be a variable"),
        (lambda: RunConfig(env={"": "1"}), "cannot be a variable"),
        (lambda: RunConfig(env={"A": "\0"}), "cannot be a variable"),
        (lambda: RunConfig(ports=("http",)), "is no port"),
        (lambda: RunConfig(user="0\nRUN evil"), "is no user"),
        (lambda: RunConfig(user="$X"), "is no user"),
        (lambda: RunConfig(stop_signal="SIG\nRUN"), "is no signal"),
    ],
)
def test_what_no_engine_would_take_is_refused(make: Callable[[], RunConfig], message: str) -> None:
    with pytest.raises(BuildError, match=message):
        make()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[]", "base is no JSON object"),
        (b"\xff", "base is no JSON"),
        (b"{}", "'architecture' is not text"),
        (b'{"architecture": "amd64", "rootfs": []}', "'rootfs' is not an object"),
        (b'{"architecture": "amd64", "rootfs": {"diff_ids": ["x"]}}', "'x' where a sha256"),
        (b'{"architecture": "amd64", "history": ["x"]}', "'history' is not a list of objects"),
    ],
)
def test_what_is_no_config_is_refused_by_its_field(data: bytes, message: str) -> None:
    with pytest.raises(BuildError, match=message):
        ImageConfig.from_json(data, "base")
