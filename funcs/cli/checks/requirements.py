"""requirements.txt, as far as it says which packages a function needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from funcs.cli.checks.finding import Finding

FILE = "requirements.txt"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line: the requirement, and its place as ``requirements.txt:3``."""

    requirement: Requirement
    where: str


def read_requirements(path: Path) -> tuple[list[Wanted], list[Finding]]:
    """The requirements in a file and in those it names by ``-r``, and the lines that are none.

    Options, paths and addresses are pip's business and passed over, and so is what another
    platform or Python is meant for.
    """
    return _read(path, seen=set())


def _read(path: Path, seen: set[Path]) -> tuple[list[Wanted], list[Finding]]:
    wanted: list[Wanted] = []
    wrong: list[Finding] = []
    if path in seen or not path.is_file():
        return wanted, wrong
    seen.add(path)
    text = path.read_bytes().decode("utf-8-sig", "replace").replace("\\\n", " ")
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.partition(" #")[0].strip()
        where = f"{path}:{number}"
        if line.startswith(("-r ", "--requirement ")):
            more, bad = _read(path.parent / line.split(maxsplit=1)[1], seen)
            wanted += more
            wrong += bad
        elif line and not line.startswith(("#", "-", ".", "/")) and not _is_address(line):
            _take(line.partition(" --")[0], where, wanted, wrong)
    return wanted, wrong


def _take(line: str, where: str, wanted: list[Wanted], wrong: list[Finding]) -> None:
    try:
        requirement = Requirement(line)
    except InvalidRequirement as error:
        reason = str(error).partition("\n")[0]
        wrong.append(Finding(f"{line!r} is not a requirement: {reason}", where))
        return
    if requirement.marker is None or requirement.marker.evaluate():
        wanted.append(Wanted(requirement, where))


def _is_address(line: str) -> bool:
    return "://" in line.partition(" @ ")[0] or line.endswith((".whl", ".tar.gz", ".zip"))
