"""A wrapper that is not ours runs under our processor as under Nuclio's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.nuclio.exceptions import difference_of
from tests.conformance.nuclio.program import Program
from tests.conformance.nuclio.replay import Case, Mismatch, Replay, cases

#: What it does in its own way: coroutines, lists, what it tells the handler of itself.
_OTHERS = ("coroutine", "generator", "future", "list-", "event-repr", "process-", "context-")

WRAPPER = Path(__file__).parent / "second_wrapper.py"


@pytest.fixture(scope="module", params=["echo.yaml", "expr.yaml"])
def program(request: pytest.FixtureRequest) -> Iterator[Program]:
    """Our processor with the second wrapper as its worker."""
    started = Program(request.param, WRAPPER)
    yield started
    started.stop()


def plain_cases(config: str) -> list[Case]:
    """The cases that ask for nothing but values: no coroutines, tracebacks or lists."""
    return [
        case
        for case in cases("http-events", "http-returns")
        if case["config"] == config
        and not case.get("fresh")
        and "traceback" not in case.get("masks", ())
        and difference_of(case["id"]) is None
        and not case["id"].startswith(_OTHERS)
    ]


def test_the_recorded_cases_agree_with_a_foreign_wrapper_too(program: Program) -> None:
    config = next(name for name in ("echo.yaml", "expr.yaml") if (program.folder / name).exists())
    chosen = plain_cases(config)
    differing = {}
    for case in chosen:
        try:
            Replay(program, case).run()
        except Mismatch as error:
            differing[case["id"]] = str(error)

    assert {} == differing
    assert len(chosen) > 100
