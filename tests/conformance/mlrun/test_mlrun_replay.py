from __future__ import annotations

from typing import Any

import pytest

from funcs.errors import FuncsError
from funcs.host import Host
from tests.conformance.mlrun.adapter import DATA, Function, user_code
from tests.conformance.mlrun.differences import BETTER, KEPT_DEFECTS, OTHER_API
from tests.conformance.mlrun.replay import answer_of, cases, event_of, same

CASES = {
    case["id"]: case for area in ("router", "models") for case in cases(DATA / f"{area}.jsonl")
}
AGREEING = [name for name in CASES if name not in OTHER_API and name not in BETTER]


class Quiet:
    """A logger that keeps nothing."""

    def error(self, message: str) -> None: ...

    def debug_with(self, message: str, **more: object) -> None: ...

    def error_with(self, message: str, **more: object) -> None: ...


def build(case: dict[str, Any]) -> Host:
    with user_code() as module:
        module.reset()
        names = dict(vars(module))
        function = Function(names)
        exec(case["build"], {"fn": function, **names})
        return function.host(Quiet())


def play(case: dict[str, Any], *, bytes_wanted: bool = True) -> list[dict[str, Any]]:
    host = build(case)
    events = [event_of(request, bytes_wanted=bytes_wanted) for request in case["requests"]]
    return [answer_of(host.handle(event)) for event in events]


@pytest.mark.parametrize("bytes_wanted", [True, False], ids=["our-worker", "nuclios-wrapper"])
@pytest.mark.parametrize("name", AGREEING)
def test_it_answers_as_mlrun_does(name: str, bytes_wanted: bool) -> None:
    case = CASES[name]
    expected = case["expected"]["nuclio"]
    if expected["build"]:
        with pytest.raises(FuncsError):
            build(case)
        return

    answers = play(case, bytes_wanted=bytes_wanted)

    differing = [
        (wanted, got)
        for wanted, got in zip(expected["answers"], answers, strict=True)
        if not same(wanted, got)
    ]
    assert [] == differing


@pytest.mark.parametrize("name", BETTER)
def test_it_answers_as_mlruns_users_expect(name: str) -> None:
    assert BETTER[name] == [answer["status"] for answer in play(CASES[name])]


@pytest.mark.parametrize("name", OTHER_API)
def test_what_needs_mlruns_python_api_still_does(name: str) -> None:
    case = CASES[name]
    expected = case["expected"]["nuclio"]["answers"]
    try:
        answers = play(case)
    except (FuncsError, NotImplementedError, AttributeError, KeyError):
        return

    pairs = zip(expected, answers, strict=True)
    assert not all(same(wanted, got) for wanted, got in pairs), "it agrees now: take it off"


def test_the_tables_name_recorded_cases() -> None:
    named = {*OTHER_API, *BETTER, *KEPT_DEFECTS}
    defects = {name for name, case in CASES.items() if case.get("defect")}

    assert set() == named - CASES.keys()
    assert set() == defects - named
    assert {"models/operations-paths/1"} == BETTER.keys() - defects
