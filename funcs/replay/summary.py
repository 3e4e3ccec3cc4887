"""What a replay comes to: counts in words, latencies in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from funcs.emulator.text import duration
from funcs.replay.replay import Outcome, Replayed, Tally


def counts(tally: Tally) -> Iterator[str]:
    """A line for each thing that happened at all."""
    sent = tally.same + tally.different
    yield f"{_events(sent)} sent: {tally.same} the same, {tally.different} different"
    if tally.in_part:
        yield f"{tally.in_part} compared without the body, which was not recorded whole"
    if tally.masked:
        yield f"{tally.masked} sent without headers that were masked; --header NAME=VALUE gives one"
    if tally.masked_bodies:
        yield f"{tally.masked_bodies} sent with a body in which values were masked"
    if tally.passed_over:
        yield f"{_events(tally.passed_over)} passed over"
    if tally.damaged:
        noun = "line" if tally.damaged == 1 else "lines"
        yield f"{tally.damaged} damaged {noun}"


def latencies(
    outcomes: Sequence[Outcome], sides: tuple[str, str]
) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """For each side its name, and the median, the 95th percentile and the longest in words."""
    replayed = [each for each in outcomes if isinstance(each, Replayed)]
    for name, found in (
        (sides[0], [each.expected for each in replayed]),
        (sides[1], [each.actual for each in replayed]),
    ):
        times = sorted(each.duration_s for each in found if each is not None)
        if times:
            yield (
                name,
                (
                    duration(times[len(times) // 2]),
                    duration(times[min(len(times) * 95 // 100, len(times) - 1)]),
                    duration(times[-1]),
                ),
            )


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count} events"
