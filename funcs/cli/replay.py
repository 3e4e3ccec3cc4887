"""`funcs replay`: sends what was recorded again, and shows what is answered otherwise."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from funcs.cli.invoke import given_headers
from funcs.cli.numbers import seconds, speed, tolerance
from funcs.cli.terminal import can_show, paint_for
from funcs.errors import FuncsError

if TYPE_CHECKING:
    from funcs.replay.comparison import Comparison
    from funcs.replay.order import Order
    from funcs.replay.replay import Outcome, Replayed
    from funcs.replay.source import Source

_MOST_SHOWN = 10
_EPILOG = """\
exit code 0 if every answer is the same, 1 if one is not, or if a line of the tape is damaged
examples:
  funcs replay tape.jsonl                            against the function of this folder
  funcs replay tape.jsonl --against http://host:8080 --ignore 'body.outputs[*].parameters'
  funcs replay tape.jsonl --against old --against new --report versions.html
  funcs replay tape.jsonl --against shop:v1 --against .     the image that serves, and what is here
  funcs replay tape.jsonl --only 3f2a --export event > events/case.json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the tape, what it is replayed against, and how answers are compared."""
    parser.epilog = _EPILOG
    add = parser.add_argument
    add(
        "tape",
        type=Path,
        metavar="TAPE",
        help="what `funcs run --record` wrote; or Nuclio's saved events, or CloudEvents, in JSON",
    )
    add(
        "--against",
        action="append",
        default=[],
        metavar="FOLDER|URL|IMAGE",
        help="a function's folder (.), the address of one, or an image; given twice, the answers "
        "of the second are compared with those of the first",
    )
    add("--tolerance", type=tolerance, default=1e-6, metavar="T", help="between numbers (1e-6)")
    add(
        "--ignore",
        action="append",
        default=[],
        metavar="PATH",
        help="do not compare this, written as a difference prints it; may be repeated",
    )
    add("--speed", type=speed, default=0.0, metavar="1x|max", help="the recorded pace, or (max)")
    add("--only", action="append", default=[], metavar="ID", help="an event's id, or its beginning")
    add(
        "-d",
        "--header",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="send this header too, e.g. in place of one that was masked",
    )
    add("-t", "--timeout", type=seconds, default=60.0, metavar="SECONDS", help="(60)")
    add("--report", type=Path, metavar="FILE.html", help="write a page of all that was compared")
    add(
        "--export",
        choices=["nuclio", "cloudevents", "event"],
        help="send nothing; print the events as Nuclio's saved ones, as CloudEvents, or one as a "
        "file for events/",
    )
    add("-v", "--verbose", action="store_true", help="a line for every event")
    add("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Send the events, show what differs; 0 if nothing does."""
    if len(args.against) > 2:
        print("error: --against is given once or twice", file=sys.stderr)
        return 2
    from funcs.compare.paths import Pattern  # --help does without all of these
    from funcs.compare.values import Rules
    from funcs.replay.order import Order
    from funcs.replay.source import Source

    if args.report is not None:
        _check_place(args.report)
    order = Order(
        tuple(args.against) or (".",),
        Rules(args.tolerance, tuple(Pattern.parse(text) for text in args.ignore)),
        tuple(args.only),
        dict(given_headers(args.header)),
        args.speed,
        args.timeout,
    )
    source = Source(args.tape)
    if args.export:
        return _export(source, args.export, args.only)
    found = _compared(order, source, args)
    if args.report is not None:
        found.write(args.report)
    if args.json:
        print(json.dumps(found.to_dict(), ensure_ascii=False, default=str))
    else:
        _show_end(found, sys.stdout)
    return 0 if found.is_same else 1


def _compared(order: Order, source: Source, args: argparse.Namespace) -> Comparison:
    """What comes of it, each outcome shown as it is known; at Ctrl-C, how far it came."""
    show = _Lines(sys.stdout, verbose=args.verbose)
    try:
        return order.run(source, os.environ, tell=_silent if args.json else show.outcome)
    except KeyboardInterrupt as stopped:
        from funcs.replay.summary import counts

        for found in stopped.args:
            print(f"interrupted: {next(counts(found.tally))}", file=sys.stderr, flush=True)
            if args.report is not None:
                found.write(args.report)
        raise


def _silent(_: Outcome) -> None:
    """Say nothing."""


def _export(source: Source, form: str, only: Sequence[str]) -> int:
    """Print the events; 1 if a line could not be read."""
    from funcs.replay.export import FORMS
    from funcs.replay.source import Item
    from funcs.tape.reader import Damage

    found = list(source.items(only))
    for each in found:
        if isinstance(each, Damage):
            print(f"error: line {each.line} is damaged: {each.reason}", file=sys.stderr)
        elif each.obstacle:
            print(f"left out {each.id}: {each.obstacle}", file=sys.stderr)
    items = [each for each in found if isinstance(each, Item) and not each.obstacle]
    function = source.function()
    print(json.dumps(FORMS[form](items, function), indent=1, ensure_ascii=False))
    return 1 if any(isinstance(each, Damage) for each in found) else 0


class _Lines:
    """A line for each event that is not the same, or for every one."""

    def __init__(self, out: TextIO, *, verbose: bool) -> None:
        self._out = out
        self._verbose = verbose
        self._paint = paint_for(out, os.environ)
        self._marks = ("✓", "✗") if can_show("✓✗", out) else ("ok  ", "FAIL")

    def outcome(self, outcome: Outcome) -> None:
        """One event's line, and below it what differs."""
        from funcs.emulator.text import printable
        from funcs.replay.replay import PassedOver
        from funcs.tape.reader import Damage

        if isinstance(outcome, Damage):
            self._say(f"{self._bad} line {outcome.line} is damaged: {printable(outcome.reason)}")
        elif isinstance(outcome, PassedOver):
            if self._verbose:
                said = f"{printable(outcome.item.id)}  passed over: {outcome.reason}"
                self._say(self._paint(f"{'-':<{len(self._marks[0])}} {said}", "dim"))
        elif self._verbose or not outcome.is_same:
            self._say(self._line(outcome))
            for each in outcome.differences[:_MOST_SHOWN]:
                self._say(f"    {printable(each.sentence())}")
            if len(outcome.differences) > _MOST_SHOWN:
                self._say(f"    and {len(outcome.differences) - _MOST_SHOWN} more differences")
            if outcome.error:
                self._say(f"    {printable(outcome.error)}")

    @property
    def _bad(self) -> str:
        return self._paint(self._marks[1], "red")

    def _line(self, outcome: Replayed) -> str:
        from funcs.emulator.text import duration, printable

        mark = self._paint(self._marks[0], "green") if outcome.is_same else self._bad
        item = outcome.item
        times = [
            f"{each.answer.status} {duration(each.duration_s)}"
            for each in (outcome.expected, outcome.actual)
            if each is not None
        ]
        asked = printable(f"{item.id}  {item.event.method} {item.event.path}")
        return f"{mark} {asked}  {self._paint(' → '.join(times), 'dim')}"

    def _say(self, text: str) -> None:
        print(text, file=self._out, flush=True)


def _show_end(found: Comparison, out: TextIO) -> None:
    """Latencies of both sides, and the counts."""
    from funcs.replay.summary import counts, latencies

    rows = list(latencies(found.outcomes, found.sides))
    width = max((len(name) for name, _ in rows), default=0)
    if rows:
        print(f"{'latency':<{max(width, 7)}}  median    95 %      longest", file=out)
    for name, values in rows:
        cells = "  ".join(f"{each:<8}" for each in values)
        print(f"{name:<{max(width, 7)}}  {cells}".rstrip(), file=out)
    paint = paint_for(out, os.environ)
    first, *others = counts(found.tally)
    print(paint(first, "green" if found.is_same else "red", "bold"), file=out)
    for line in others:
        print(line, file=out)


def _check_place(report: Path) -> None:
    """Refuse a report that cannot be written before it is worked for.

    Raises:
        FuncsError: its folder is not there, or it is one.
    """
    if report.is_dir() or not report.parent.is_dir():
        what = "the report cannot be written: there is no such folder, or it is one itself"
        raise FuncsError(what, where=str(report), fix="name a file: --report report.html")
