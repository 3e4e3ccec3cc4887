"""What an image's Python packages are asked for by: files, lines, and where wheels may lie."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from funcs_builder.errors import BuildError

__all__ = ["Requirements"]

_NAMED_FILE = re.compile(r"\s*(?:-r|-c|--requirement|--constraint)[\s=]*(?P<file>\S+)")
_LOCAL = re.compile(r"(?:\s|^)(?:-e\b|--editable|file:|\.{0,2}/)|\.(?:whl|tar\.gz|zip)\b")
_OPTION = re.compile(r"\s*-(?!e\b|-editable)")
#: What stands before a path: an option, a name, a scheme.
_PLACE = re.compile(
    r"^(?:-e\s*|--editable[\s=]+)?(?:[\w.\-]+(?:\[.*?\])?\s*@\s*)?(?:file:(?://)?)?"
)
_HASHED = re.compile(r"\s--hash[\s=]")


class Requirements(NamedTuple):
    """requirements.txt files, and lines beside them.

    With ``no_index``, wheels come from the folders ``find_links`` alone: nothing is fetched.
    """

    files: tuple[Path, ...] = ()
    lines: tuple[str, ...] = ()
    find_links: tuple[Path, ...] = ()
    no_index: bool = False

    def __bool__(self) -> bool:
        return bool(self.lines) or any(self._asked())

    @property
    def folder(self) -> Path:
        """Where paths in the lines start: the first file's folder."""
        return self.files[0].absolute().parent if self.files else Path.cwd()

    @property
    def is_hashed(self) -> bool:
        """Whether a file pins hashes; pip then wants them of every line."""
        return any(_HASHED.search(line) for _, text in self._texts() for line in _lines(text))

    @property
    def is_local(self) -> bool:
        """Whether a line names something on this machine, which may change unseen."""
        texts = [*self.lines, *(text for _, text in self._texts())]
        return any(_LOCAL.search(line) for text in texts for line in _lines(text))

    def refuse_folders(self) -> None:
        """Refuse a folder of source code: pip download builds it and then forgets it.

        Raises:
            BuildError: a line names one.
        """
        for line in [*self.lines, *self._asked()]:
            bare = _PLACE.sub("", line.strip())
            named = bare.partition(";")[0].partition("[")[0].strip()
            is_path = named.startswith(".") or "/" in named or bare != line.strip()
            if is_path and (self.folder / named).is_dir():
                fix = "make a wheel of it (pip wheel --no-deps FOLDER) and name that, or "
                fix += "run: funcs build --engine docker, which builds it in the image"
                what = f"{line.strip()!r} is source code, and images are made of wheels"
                raise BuildError(what, fix=fix)

    def digest(self) -> str:
        """The sha256, in hex, of all that decides which wheels are taken, except the index.

        Raises:
            BuildError: a file cannot be read.
        """
        links = [_listing(folder) for folder in self.find_links]
        texts = [text for _, text in self._texts()]
        parts = [texts, sorted(self.lines), links, self.no_index]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def _asked(self) -> Iterator[str]:
        for _, text in self._texts():
            yield from (line for line in _lines(text) if not _OPTION.match(line))

    def _texts(self) -> Iterator[tuple[Path, str]]:
        """Each file with its text, and those that they name by ``-r`` or ``-c``."""
        waiting, seen = list(reversed(self.files)), set[Path]()
        while waiting:
            path = waiting.pop().absolute()
            if path in seen:
                continue
            seen.add(path)
            text = _read(path)
            yield path, text
            named = [match["file"] for line in _lines(text) if (match := _NAMED_FILE.match(line))]
            waiting += [path.parent / name for name in reversed(named) if "://" not in name]


def _lines(text: str) -> Iterator[str]:
    for line in text.replace("\\\n", " ").splitlines():
        bare = re.sub(r"(^|\s)#.*$", "", line)
        if bare.strip():
            yield bare


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        fix = "correct the path, or write the file"
        raise BuildError(f"there is no file {path.name!r}", where=str(path), fix=fix) from None
    except (OSError, UnicodeDecodeError) as error:
        fix = "save it as readable UTF-8 text"
        raise BuildError(f"cannot read it: {error}", where=str(path), fix=fix) from None


def _listing(folder: Path) -> list[tuple[str, int, int]]:
    try:
        found = [(path.name, path.stat()) for path in sorted(folder.iterdir())]
    except OSError as error:
        what = f"the folder of wheels cannot be read: {error.strerror}"
        raise BuildError(what, where=str(folder), fix="correct --find-links") from None
    return [(name, stat.st_size, stat.st_mtime_ns) for name, stat in found]
