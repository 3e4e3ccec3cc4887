"""Writes docs/reference/nuclio.md from the table that the conformance suite reads."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reference" / "nuclio.md"
sys.path.insert(0, str(ROOT))

from tests.conformance.nuclio.exceptions import DIFFERENCES, Difference  # noqa: E402

_HEAD = """\
# What differs from Nuclio

`funcs processor` and its workers do what Nuclio 1.14's processor and Python wrapper do: statuses,
headers, bodies, events, log lines. The real ones were recorded, and the recordings are replayed
against ours by `scripts/test` (`tests/conformance/nuclio`). Below is all that differs on purpose.
Each recorded case named here is required to differ; every other one, to agree.

`scripts/nuclio_page.py` writes this page from the table that the suite reads. Change it there.
"""
_CHOICES = """\
## By choice

Mostly requests that two servers in a row may read differently: ours refuses them.
"""
_DEFECTS = """\
## Nuclio's defects that ours does not have
"""
_COLUMNS = ("| Nuclio 1.14 | funcs | why | recorded as |", "|---|---|---|---|")


def page() -> str:
    """The whole page."""
    choices = _table(each for each in DIFFERENCES if not each.is_defect)
    defects = _table(each for each in DIFFERENCES if each.is_defect)
    return "\n".join([_HEAD, _CHOICES, *choices, "", _DEFECTS, *defects, ""])


def _table(differences: Iterable[Difference]) -> Iterator[str]:
    yield from _COLUMNS
    for each in differences:
        why = each.why.removeprefix("an upstream defect").removeprefix(": ")
        cases = ", ".join(f"`{case}`" for case in each.cases)
        cells = (each.nuclio, each.ours, why, cases)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
