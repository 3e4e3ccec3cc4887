"""The tape of an image's function: a file here, or a folder of tapes, that its container has."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from funcs.errors import ProcessorError
from funcs.tape.form import TapeError
from funcs_builder.engine import Engine

#: Where the container sees the file, or its folder.
_PLACE = "/tape.jsonl"
_FOLDER = "/tapes"
_ROOT = "0:0"
_HERE = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class ImageTape:
    """``file`` as a container is given it: the file alone, so that it sees nothing else of here.

    A file that is given so cannot be renamed: it grows on where another tape would be turned over.
    In a folder that holds nothing else, which ``has_folder`` says, it is given with that and is.
    Only its owner may read a tape, so the container runs as ``user``, who is.
    """

    file: Path
    user: str
    has_folder: bool = False

    @classmethod
    def of(cls, record: str, engine: Engine) -> ImageTape:
        """The tape at ``record``, which is begun if there is none.

        Raises:
            ProcessorError: the engine is another machine's, which has no files of this one.
            TapeError: it cannot be written to.
        """
        file = Path(record).absolute()
        if engine.host not in _HERE:
            what = f"--record writes to a file here, and the engine is on {engine.host}"
            fix = "have the container write its own: -e FUNCS_RECORD=/tmp/tape.jsonl"
            raise ProcessorError(what, where=str(file), fix=fix)
        try:
            os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_NONBLOCK, 0o600))
        except OSError as error:
            what = f"the tape cannot be opened: {error.strerror}"
            fix = "name a file that may be written"
            raise TapeError(what, where=str(file), fix=fix) from None
        # group 0, as for any user whom a platform may choose; a rootless engine's root is us
        user = _ROOT if engine.is_rootless else f"{os.getuid()}:0"
        return cls(file, user, _is_alone(file) and os.access(file.parent, os.W_OK))

    @property
    def folders(self) -> tuple[tuple[str, str, bool], ...]:
        """What the container is given of here."""
        if self.has_folder:
            return ((str(self.file.parent), _FOLDER, False),)
        return ((str(self.file), _PLACE, False),)

    @property
    def env(self) -> dict[str, str]:
        """What tells its processor."""
        return {"FUNCS_RECORD": f"{_FOLDER}/{self.file.name}" if self.has_folder else _PLACE}

    def check_begun(self) -> None:
        """Refuse to go on where the container wrote to another file than ours.

        Raises:
            ProcessorError: it did.
        """
        if not self.file.stat().st_size:
            what = "the tape stays empty: the engine sees other files than this process does"
            fix = "have the container write its own: -e FUNCS_RECORD=/tmp/tape.jsonl"
            raise ProcessorError(what, where=str(self.file), fix=fix)


def _is_alone(file: Path) -> bool:
    """Whether its folder holds nothing but this tape and those that were before it."""
    ours = re.compile(re.escape(file.name) + r"(\.\d+)?")
    with os.scandir(file.parent) as entries:
        return all(ours.fullmatch(each.name) and not each.is_symlink() for each in entries)
