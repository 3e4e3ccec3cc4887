"""What Nuclio's processor was recorded to do, asked of ours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance.nuclio.conftest import Programs
from tests.conformance.nuclio.exceptions import DIFFERENCES, difference_of
from tests.conformance.nuclio.program import Program
from tests.conformance.nuclio.replay import Case, Mismatch, Replay, cases

CASES = cases(
    "http-returns", "http-events", "http-errors", "logs", "life-cycle", "triggers", "batch", "admin"
)


def _parameters() -> Iterator[object]:
    for case in CASES:
        difference = difference_of(case["id"])
        marks = [] if difference is None else [_differs(difference.why)]
        yield pytest.param(case, id=case["id"], marks=marks)


def _differs(why: str) -> pytest.MarkDecorator:
    return pytest.mark.xfail(raises=Mismatch, reason=why, strict=True)


@pytest.mark.parametrize("case", list(_parameters()))
def test_the_processor_answers_as_nuclios_was_recorded_to(case: Case, programs: Programs) -> None:
    if not case.get("fresh"):
        Replay(programs.on(case["config"]), case).run()
        return
    program = Program(case["config"])
    try:
        Replay(program, case).run()
    finally:
        program.stop()


def test_every_listed_difference_is_of_a_recorded_case() -> None:
    listed = {case for difference in DIFFERENCES for case in difference.cases}

    assert listed <= {case["id"] for case in CASES}
