from __future__ import annotations

import json
from typing import Any

import pytest

from funcs.host import Host
from tests.conformance.oip.corpus_models import corpus_host
from tests.conformance.oip.differences import DIFFERENCES, MLRUNS_FORM
from tests.conformance.oip.exchange import answer_of, difference, event_of, exchanges

FILES = ("kserve_v2", "mlserver")
EXCHANGES = {item["id"]: item for file in FILES for item in exchanges(f"{file}.jsonl")}
SPOKEN = {"oip-alone": ("oip",), "all": ()}


SOUND = [
    name for name in EXCHANGES if not EXCHANGES[name].get("defect") and name not in DIFFERENCES
]
FAULTY = [name for name in EXCHANGES if EXCHANGES[name].get("should") and name not in DIFFERENCES]


@pytest.fixture(scope="module")
def hosts() -> dict[tuple[str, str], Host]:
    return {
        (file, spoken): corpus_host(protocols, versioned=file == "mlserver")
        for file in FILES
        for spoken, protocols in SPOKEN.items()
    }


def answer(hosts: dict[tuple[str, str], Host], name: str, spoken: str) -> tuple[int, Any, bytes]:
    host = hosts[name.partition("/")[0], spoken]
    return answer_of(host.handle(event_of(EXCHANGES[name])))


@pytest.mark.parametrize("spoken", SPOKEN)
@pytest.mark.parametrize("name", SOUND)
def test_it_answers_as_recorded(hosts: dict[tuple[str, str], Host], name: str, spoken: str) -> None:
    assert "" == difference(EXCHANGES[name], answer(hosts, name, spoken))


FAULTS = [
    (name, spoken)
    for name in FAULTY
    for spoken in SPOKEN
    if spoken == "oip-alone" or name not in MLRUNS_FORM
]


@pytest.mark.parametrize(("name", "spoken"), FAULTS)
def test_it_answers_as_a_faulty_server_should_have(
    hosts: dict[tuple[str, str], Host], name: str, spoken: str
) -> None:
    should = EXCHANGES[name]["should"]
    status, _, body = answer(hosts, name, spoken)

    assert status in should["status"]
    assert not should.get("keys") or set(should["keys"]) <= json.loads(body).keys()


@pytest.mark.parametrize("name", DIFFERENCES)
def test_what_differs_still_does(hosts: dict[tuple[str, str], Host], name: str) -> None:
    assert difference(EXCHANGES[name], answer(hosts, name, "oip-alone")), "take it off"
