"""What came of a replay: every outcome, as lines, as a page, as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import Any

from funcs.errors import FuncsError
from funcs.replay.replay import Outcome, PassedOver, Replayed, Tally
from funcs.replay.report import html_report
from funcs.replay.summary import counts
from funcs.tape.reader import Damage

#: How many differences stand below the counts where it is printed.
_MOST_PRINTED = 10


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """Of each event of ``tape`` what was expected and what came; ``sides`` name who said so."""

    tape: str
    sides: tuple[str, str]
    outcomes: list[Outcome]
    tally: Tally

    def add(self, outcome: Outcome) -> None:
        """One more."""
        self.outcomes.append(outcome)
        self.tally.count(outcome)

    @property
    def is_same(self) -> bool:
        """Whether all that could be compared is the same, and something could."""
        return self.tally.is_well

    def html(self) -> str:
        """A page of its own."""
        title = f"replay of {self.tape}"
        return html_report(self.outcomes, self.tally, title=title, sides=self.sides)

    def write(self, file: Path | str) -> None:
        """Write the page.

        Raises:
            FuncsError: it cannot be.
        """
        try:
            Path(file).write_text(self.html(), encoding="utf-8", errors="replace")
        except OSError as error:
            what = f"the report cannot be written: {error.strerror}"
            raise FuncsError(what, where=str(file)) from None

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        events = [_record(each) for each in self.outcomes]
        return {"ok": self.is_same, **asdict(self.tally), "events": events}

    def __repr__(self) -> str:
        told = list(self._differences())
        more = [f"and {len(told) - _MOST_PRINTED} more"] if len(told) > _MOST_PRINTED else []
        return "\n".join([*counts(self.tally), *told[:_MOST_PRINTED], *more])

    def _repr_html_(self) -> str:
        """The page in a frame, so that neither styles the other."""
        style = "width: 100%; height: 30rem; border: 0"
        return f'<iframe sandbox style="{style}" srcdoc="{escape(self.html())}"></iframe>'

    def _differences(self) -> Iterator[str]:
        for each in self.outcomes:
            if isinstance(each, Damage):
                yield f"line {each.line} is damaged: {each.reason}"
            elif isinstance(each, Replayed):
                for said in (each.error, *(one.sentence() for one in each.differences)):
                    if said:
                        yield f"{each.item.id}  {said}"


def _record(each: Outcome) -> dict[str, Any]:
    if isinstance(each, Damage):
        return {"line": each.line, "result": "damaged", "reason": each.reason}
    if isinstance(each, PassedOver):
        return {"id": each.item.id, "result": "passed over", "reason": each.reason}
    sides = {
        name: {"status": side.answer.status, "duration_s": round(side.duration_s, 6)}
        for name, side in (("expected", each.expected), ("actual", each.actual))
        if side is not None
    }
    return {
        "id": each.item.id,
        "method": each.item.event.method,
        "path": each.item.event.path,
        "result": "same" if each.is_same else "different",
        **sides,
        "differences": [one.to_dict() for one in each.differences],
        **({"error": each.error} if each.error else {}),
    }
