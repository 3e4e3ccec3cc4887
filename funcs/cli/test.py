"""`funcs test`: sends the events beside a function, without sockets, and compares the answers."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from funcs.cli.terminal import can_show, paint_for
from funcs.errors import FuncsError

if TYPE_CHECKING:
    from funcs.cases.folder import EventFile
    from funcs.testing.client import Client
    from funcs.testing.events import Outcome

_EPILOG = """\
exit code 0 if every answer is as expected, 1 if one is not
examples:
  funcs test                       every event in events/ of this folder
  funcs test shop --only 'digit*'  those of the function in shop/ whose names begin so
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the function's place, and which of its events."""
    parser.epilog = _EPILOG
    add = parser.add_argument
    add("path", nargs="?", default=".", type=Path, metavar="PATH", help="the function's folder (.)")
    add(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="an event's name, its file's without .json; * stands for anything; may be repeated",
    )
    add("--json", action="store_true", help="print one JSON object")


@dataclass(frozen=True, slots=True)
class Tested:
    """One event and its outcome, or why there is none."""

    source: EventFile
    outcome: Outcome | None
    error: FuncsError | None = None

    @property
    def is_ok(self) -> bool:
        """Whether the answer is as expected."""
        return self.outcome is not None and self.outcome.is_as_expected

    def to_dict(self) -> dict[str, object]:
        """The same as plain values."""
        record: dict[str, object] = {"name": self.source.name, "ok": self.is_ok}
        if self.error is not None:
            what, where, fix = self.error.what, self.error.where, self.error.fix
            return record | {"error": {"what": what, "where": where, "fix": fix}}
        if self.outcome is not None:
            event, answer = self.outcome.event, self.outcome.answer
            record |= {"method": event.method, "path": event.path, "status": answer.status}
            record["duration_s"] = round(self.outcome.duration_s, 6)
            record["differences"] = [each.to_dict() for each in self.outcome.differences]
            record["logs"] = answer.logs
        return record


def run(args: argparse.Namespace) -> int:
    """Send each event, print a line for it; 0 if all answers are as expected."""
    from funcs.cases.folder import event_files, selected
    from funcs.cases.reading import CaseError
    from funcs.spec import FunctionSpec

    spec = FunctionSpec.of(args.path)
    folder = spec.folder.resolve()
    files = selected(event_files(folder), args.only)
    if not files:
        fix = 'write events/NAME.json: a body, or {"event": {…}, "answer": {…}}'
        raise CaseError("the function has no events", where=str(args.path / "events"), fix=fix)
    path = folder / args.path.name if args.path.is_file() else folder
    tested = []
    show = _Screen(sys.stdout, max(len(each.name) for each in files))
    with contextlib.chdir(folder), contextlib.redirect_stdout(sys.stderr):
        for each in _tested(path, files):
            tested.append(each)
            if not args.json:
                show.event(each)
    failed = sum(not each.is_ok for each in tested)
    if args.json:
        events = [each.to_dict() for each in tested]
        record = {"function": spec.name, "ok": not failed, "events": events}
        print(json.dumps(record, ensure_ascii=False, default=str))
    else:
        show.end(len(tested), failed)
    return 1 if failed else 0


def _tested(path: Path, files: list[EventFile]) -> Iterator[Tested]:
    """Each event's outcome, one after the other: the function is loaded once.

    Raises:
        FuncsError: the function cannot be loaded.
    """
    from funcs.testing.events import EventCheck

    with _loaded(path) as client:
        for each in files:
            try:
                yield Tested(each, EventCheck(each).run(client))
            except FuncsError as error:
                yield Tested(each, None, error)
            except KeyboardInterrupt:
                print(f"interrupted: {each.name!r} was not answered yet", file=sys.stderr)
                raise


@contextlib.contextmanager
def _loaded(path: Path) -> Iterator[Client]:
    """A client of the function; what its code raises while it is loaded, in few words."""
    from funcs.testing.client import Client

    try:
        client = Client(path)
    except FuncsError:
        raise
    except (Exception, SystemExit) as error:
        import traceback

        from funcs.emulator.blame import blame

        lines = "".join(traceback.format_exception(error)).splitlines()
        found = blame(lines, path if path.is_dir() else path.parent)
        if found is None:
            raise FuncsError(f"{type(error).__name__}: {error}", where=str(path)) from error
        print("\n".join(found.traceback), file=sys.stderr)
        raise found.error from error
    with client:
        yield client


class _Screen:
    """What a person reads: a line for each event, and below it what differs."""

    def __init__(self, out: TextIO, width: int) -> None:
        self._out = out
        self._width = width
        self._paint = paint_for(out, os.environ)
        self._marks = ("✓", "✗") if can_show("✓✗", out) else ("ok  ", "FAIL")

    def event(self, tested: Tested) -> None:
        """One event's line."""
        from funcs.emulator.text import duration, printable

        good, bad = self._marks
        mark = self._paint(good, "green") if tested.is_ok else self._paint(bad, "red")
        said, below = "", []
        if tested.outcome is not None:
            outcome, event = tested.outcome, tested.outcome.event
            took = self._paint(duration(outcome.duration_s), "dim")
            said = f"{event.method} {printable(event.path)} {outcome.answer.status} {took}"
            below = outcome.lines()
        elif tested.error is not None:
            below = f"{self._paint('error:', 'red')} {tested.error}".splitlines()
        self._say(f"{mark} {tested.source.name:<{self._width}}  {said}".rstrip())
        for line in below:
            self._say(f"    {line if tested.error else printable(line)}")
        if tested.outcome is not None and not tested.is_ok:
            self._logs(tested.outcome)

    def end(self, count: int, failed: int) -> None:
        """The last line: how many there were."""
        noun = "event" if count == 1 else "events"
        if failed:
            self._say(self._paint(f"{failed} of {count} {noun} failed", "red", "bold"))
        else:
            self._say(self._paint(f"{count} {noun} answered as expected", "green"))

    def _logs(self, outcome: Outcome) -> None:
        """What the handler logged, to see why."""
        from funcs.emulator.answer import LogLine
        from funcs.emulator.blame import without_our_frames
        from funcs.emulator.console import TextConsole

        console = TextConsole(self._out, self._paint, prefix="  ")
        for record in outcome.answer.logs:
            trace = record.get("traceback")
            if isinstance(trace, str):
                own = "\n".join(without_our_frames(trace.splitlines()))
                record = {**record, "traceback": own}
            console.log(LogLine.from_flat(record))

    def _say(self, text: str) -> None:
        print(text, file=self._out, flush=True)
