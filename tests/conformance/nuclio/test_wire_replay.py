"""Our worker says to a recorded processor what Nuclio's wrapper said to the real one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conformance.nuclio.wire_replay import DATA, RecordedProcessor, cases

CASES = cases(DATA / "wire.jsonl")


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_worker_writes_what_was_recorded(case: dict[str, Any], tmp_path: Path) -> None:
    processor = RecordedProcessor(case, tmp_path)
    try:
        pairs = list(processor.play(case["frames"]))
    finally:
        processor.close()

    assert [recorded for recorded, _ in pairs] == [came for _, came in pairs]
