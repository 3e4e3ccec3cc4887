"""Sends events in their recorded order and compares what comes back."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from threading import Semaphore, Thread

from funcs.cases.expected import Expected
from funcs.compare.difference import Difference
from funcs.compare.paths import Pattern
from funcs.compare.values import Rules
from funcs.emulator.call import CallError
from funcs.replay.comparing import answer_differences, new_in_each
from funcs.replay.source import Item
from funcs.replay.target import Target, Timed
from funcs.tape.masking import Masking
from funcs.tape.reader import Damage

#: How many events may be under way at once where the recorded pace is kept.
_MOST_AT_ONCE = 64
#: How long is slept at most: a tape may say that years lie between two events.
_NAP_S = 3600.0
#: How many differences of one event are found; one that has more has enough.
_MOST_DIFFERENCES = 1000


@dataclass(frozen=True, slots=True)
class Replayed:
    """One event that was sent: what it was compared with, and what differs.

    ``expected`` is the recorded answer, or of two targets that of the first, or None where
    nothing is known but that it should be below 400; ``error`` says why there is no answer.
    """

    item: Item
    expected: Timed | None
    actual: Timed | None
    differences: tuple[Difference, ...] = ()
    error: str = ""

    @property
    def is_same(self) -> bool:
        """Whether the answer came and nothing differs."""
        return not self.error and not self.differences


@dataclass(frozen=True, slots=True)
class PassedOver:
    """One event that was not sent, and why."""

    item: Item
    reason: str


Outcome = Replayed | PassedOver | Damage


class Replay:
    """Sends events to one target and compares with the tape, or to two and compares those.

    ``speed`` 0 sends them one after the other as fast as they are answered; else they start as
    far apart as they came, so many times as fast, and may be under way together.

    Raises while it runs:
        CallError: the first event could not even be sent.
    """

    def __init__(self, targets: Sequence[Target], rules: Rules, *, speed: float = 0.0) -> None:
        self._targets = targets
        self._rules = rules
        self._speed = speed
        self._has_reached = False

    def run(self, items: Iterable[Item | Damage]) -> Iterator[Outcome]:
        """What becomes of each, in their order."""
        if not self._speed:
            yield from map(self._one, items)
        else:
            yield from self._paced(items)

    def _paced(self, items: Iterable[Item | Damage]) -> Iterator[Outcome]:
        waiting: deque[Future[Outcome]] = deque()
        free = Semaphore(_MOST_AT_ONCE)
        began, first = time.monotonic(), -1.0
        for item in items:
            if isinstance(item, Item) and item.at:
                first = item.at if first < 0 else first
                yield from _done(waiting, began + (item.at - first) / self._speed)
            waiting.append(self._begun(item, free))
        yield from (each.result() for each in waiting)

    def _begun(self, item: Item | Damage, free: Semaphore) -> Future[Outcome]:
        """The outcome to come, in a thread that nobody waits for who gives up."""
        outcome: Future[Outcome] = Future()

        def work() -> None:
            try:
                outcome.set_result(self._one(item))
            except BaseException as error:
                outcome.set_exception(error)
            finally:
                free.release()

        free.acquire()
        Thread(target=work, daemon=True).start()
        return outcome

    def _one(self, item: Item | Damage) -> Outcome:
        if isinstance(item, Damage):
            return item
        if reason := item.obstacle or self._nothing_to_compare(item):
            return PassedOver(item, reason)
        answers: list[Timed] = []
        reads_body = item.has_body or len(self._targets) > 1
        for target in self._targets:
            try:
                answers.append(target.send(item.event, reads_body=reads_body))
            except CallError as error:
                if not self._has_reached and _is_nobody_there(error.__cause__):
                    raise
                return Replayed(item.without_bodies(), None, None, error=error.what)
            self._has_reached = True
        return self._compared(item, answers)

    def _nothing_to_compare(self, item: Item) -> str:
        if len(self._targets) == 1 and not item.is_answered:
            return "no worker had answered it when it was recorded"
        return ""

    def _compared(self, item: Item, answers: list[Timed]) -> Replayed:
        actual, expected, has_body = answers[-1], None, True
        if len(answers) == 2:
            expected = answers[0]
        elif item.answer is not None:
            expected, has_body = Timed(item.answer, item.duration_s), item.has_body
        if expected is None:
            found = Expected().differences(actual.answer)
        else:
            found = answer_differences(
                expected.answer,
                actual.answer,
                self._rules_for(item),
                _masking_of(item.masked),
                has_body=has_body,
            )
        differences = tuple(islice(found, _MOST_DIFFERENCES))
        return Replayed(
            item.without_bodies(),
            expected and expected.without_body(),
            actual.without_body(),
            differences,
        )

    def _rules_for(self, item: Item) -> Rules:
        """The rules, and what is new in each answer to this event."""
        new = map(Pattern, new_in_each(item))
        return replace(self._rules, ignored=(*self._rules.ignored, *new))


def _is_nobody_there(cause: BaseException | None) -> bool:
    """Whether the next event will fare no better; one that takes too long is its own matter."""
    return isinstance(cause, OSError) and not isinstance(cause, TimeoutError)


def _done(waiting: deque[Future[Outcome]], until: float) -> Iterator[Outcome]:
    """What becomes of those under way, in their order, until that moment of the clock."""
    while waiting and waiting[0].done():
        yield waiting.popleft().result()
    while (left_s := until - time.monotonic()) > 0:
        if not waiting:
            time.sleep(min(left_s, _NAP_S))
        elif wait([waiting[0]], min(left_s, _NAP_S)).done:
            yield waiting.popleft().result()


@lru_cache
def _masking_of(names: tuple[str, ...]) -> Masking:
    return Masking.of(names)


@dataclass(slots=True)
class Tally:
    """What came of all of them."""

    same: int = 0
    different: int = 0
    damaged: int = 0
    passed_over: int = 0
    in_part: int = 0
    masked: int = 0
    masked_bodies: int = 0

    def count(self, outcome: Outcome) -> None:
        """One more."""
        if isinstance(outcome, Damage):
            self.damaged += 1
        elif isinstance(outcome, PassedOver):
            self.passed_over += 1
        else:
            self.same += outcome.is_same
            self.different += not outcome.is_same
            self.in_part += outcome.item.answer is not None and not outcome.item.has_body
            self.masked += outcome.item.has_masked_headers
            self.masked_bodies += outcome.item.has_masked_body

    @property
    def is_well(self) -> bool:
        """Whether all that could be compared is the same, and something could."""
        return not self.different and not self.damaged and self.same > 0
