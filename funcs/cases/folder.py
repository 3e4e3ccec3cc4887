"""The events beside a function: ``events/*.json``, by their names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from funcs.cases.case import ANSWER_SUFFIX, Case
from funcs.cases.reading import CaseError
from funcs.suggest import did_you_mean

FOLDER = "events"


@dataclass(frozen=True, slots=True)
class EventFile:
    """A file that holds one case; read when it is asked for, so that a bad one fails alone."""

    file: Path

    @property
    def name(self) -> str:
        """What it is selected by: the file's name without ``.json``."""
        return self.file.stem

    def read(self, *, path: str = "/") -> Case:
        """The case; its event goes to ``path`` unless it says where.

        Raises:
            FuncsError: it cannot be read.
        """
        return Case.read(self.file, path=path)


def event_files(folder: Path) -> list[EventFile]:
    """The events of the function in ``folder``, in the order of their names.

    An answer beside which there is no event is among them, so that somebody is told.
    """
    files = sorted((folder / FOLDER).glob("*.json"))
    return [EventFile(file) for file in files if not _is_answer_to(file, files)]


def _is_answer_to(file: Path, files: Sequence[Path]) -> bool:
    name = file.name.removesuffix(ANSWER_SUFFIX)
    return name != file.name and file.with_name(f"{name}.json") in files


def selected(files: Sequence[EventFile], names: Iterable[str]) -> list[EventFile]:
    """Those of these names, in which ``*`` stands for anything; all if no name is given.

    Raises:
        CaseError: there is none of a name.
    """
    wanted = [name.removesuffix(".json") for name in names]
    known = [each.name for each in files]
    for name in wanted:
        if not any(fnmatchcase(each, name) for each in known):
            fix = did_you_mean(name, known, noun="events")
            raise CaseError(f"there is no event {name!r}", fix=fix)
    return [each for each in files if not wanted or any(fnmatchcase(each.name, n) for n in wanted)]
