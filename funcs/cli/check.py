"""``funcs check``: everything wrong with a function at once, before it is run."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from funcs.cli.numbers import seconds
from funcs.cli.terminal import can_show, paint_for

if TYPE_CHECKING:
    from funcs.cli.checks.finding import Check, Finding

_TIMEOUT_S = 300.0
_EPILOG = "exit code 0 if the function can run, 1 if something keeps it from running"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the function's place, and how patient to be."""
    add = parser.add_argument
    parser.epilog = _EPILOG
    add("path", nargs="?", default=".", type=Path, metavar="PATH", help="the function's folder (.)")
    add("--static", action="store_true", help="run no code of the function's: do not load it")
    add("--timeout", type=seconds, default=_TIMEOUT_S, metavar="SECONDS", help="for models to load")
    add("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Look at everything, print a line for each check; 0 if all is well."""
    report = examine(args.path, static=args.static, timeout_s=args.timeout)
    if args.json:
        print(json.dumps(report.to_dict(), ensure_ascii=False, indent=2))
    else:
        show(report, sys.stdout)
    return 0 if report.is_ok else 1


@dataclass(frozen=True, slots=True)
class Report:
    """What was found about the function called ``name``."""

    name: str
    checks: list[Check]

    @property
    def is_ok(self) -> bool:
        """Whether nothing keeps the function from running."""
        return all(check.is_ok for check in self.checks)

    def to_dict(self) -> dict[str, object]:
        """The report as plain values."""
        checks = [{**asdict(check), "ok": check.is_ok} for check in self.checks]
        return {"function": self.name, "ok": self.is_ok, "checks": checks}


def examine(path: Path, *, static: bool, timeout_s: float) -> Report:
    """Every check that applies; one that fails keeps none of the others from being made.

    Raises:
        FuncsError: there is nothing at ``path``.
    """
    from funcs.cli.checks.files import check_files
    from funcs.cli.checks.image_folder import check_image_folder
    from funcs.cli.checks.packages import check_packages
    from funcs.cli.checks.spec import check_spec

    subject, check = check_spec(path)
    checks = [check, check_files(subject.folder, is_graph=bool(subject.graph))]
    image_folder = check_image_folder(subject.folder)
    checks += [image_folder] if image_folder is not None else []
    module = (subject.graph or subject.handler).partition(":")[0]
    if module:
        checks.append(check_packages(subject.folder, [module]))
    if module and not static:
        from funcs.cli.checks.loading import check_loading

        checks += check_loading(subject, os.environ, timeout_s=timeout_s)
    return Report(subject.name, checks)


def show(report: Report, stream: TextIO) -> None:
    """Print a line for each check, and below it what was found."""
    paint = paint_for(stream, os.environ)
    good, bad = ("✓", "✗") if can_show("✓✗", stream) else ("ok  ", "FAIL")
    for check in report.checks:
        mark = paint(good, "green") if check.is_ok else paint(bad, "red")
        print(f"{mark} {check.name:<14} {check.said if check.is_ok else ''}".rstrip(), file=stream)
        for finding in check.failures:
            _show(finding, paint("error:", "red"), stream)
        for finding in check.notes:
            _show(finding, paint("note:", "yellow"), stream)


def _show(finding: Finding, label: str, stream: TextIO) -> None:
    from funcs.emulator.text import printable

    lines = [f"    {label} {finding.what}"]
    if finding.where:
        lines.append(f"      at:  {_shortened(finding.where)}")
    if finding.fix:
        lines.append(f"      fix: {finding.fix}")
    print("\n".join(map(printable, lines)), file=stream)


def _shortened(where: str) -> str:
    """A place below the working folder without the way to it."""
    return where.removeprefix(str(Path.cwd()) + os.sep)
