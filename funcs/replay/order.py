"""What a tape is replayed against, and how: as a command line or a notebook asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

from funcs.compare.values import ROUNDING, Rules
from funcs.replay.comparison import Comparison
from funcs.replay.replay import Outcome, Replay, Tally
from funcs.replay.source import Item, Source
from funcs.replay.target import Target, target_of
from funcs.tape.reader import Damage


@dataclass(frozen=True, slots=True)
class Order:
    """``against`` are folders, addresses or images, one or two in all.

    ``headers`` are sent with each event; of ``only`` an event's id or its beginning is one;
    ``speed`` is as in `Replay`.
    """

    against: tuple[str, ...] = (".",)
    rules: Rules = field(default_factory=lambda: Rules(ROUNDING))
    only: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    speed: float = 0.0
    timeout_s: float = 60.0

    def run(
        self,
        source: Source,
        environ: Mapping[str, str],
        *,
        here: Target | None = None,
        tell: Callable[[Outcome], None] = lambda _: None,
    ) -> Comparison:
        """Send the events of ``source``; each outcome is told as it is known.

        ``here`` is one more that is asked, after those of the order.

        Raises:
            FuncsError: one that is asked does not start, or the tape is none that is known.
            KeyboardInterrupt: with the `Comparison` so far as its argument.
        """
        # The settings of whoever replays are not the function's.
        clean = {name: text for name, text in environ.items() if not name.startswith("FUNCS_")}
        with ExitStack() as stack:
            targets: list[Target] = [
                stack.enter_context(target_of(name, timeout_s=self.timeout_s, environ=clean))
                for name in self.against
            ]
            targets += [] if here is None else [here]
            names = [each.name for each in targets]
            sides = (names[0], names[1]) if len(names) == 2 else ("recorded", names[0])
            found = Comparison(str(source.path), sides, [], Tally())
            try:
                for outcome in Replay(targets, self.rules, speed=self.speed).run(
                    self._items(source)
                ):
                    found.add(outcome)
                    tell(outcome)
            except KeyboardInterrupt:
                raise KeyboardInterrupt(found) from None
        return found

    def _items(self, source: Source) -> Iterator[Item | Damage]:
        for each in source.items(self.only):
            yield each.with_headers(self.headers) if isinstance(each, Item) else each
