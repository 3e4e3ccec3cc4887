"""What was built of a function, remembered beside it in ``.funcs/build.json``.

So that a deploy finds the image, and sees whether it is of what the folder holds now. The file is
``{"version": 2, "builds": [{"reference", "place", "digest", …}], "files": {path: digest}}``: the
last build last, and the files that it was made of.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from funcs.errors import FuncsError
from funcs.manifest import written_whole
from funcs.record import Record

#: The file, in the function's folder.
FILE = Path(".funcs", "build.json")
VERSION = 2
_KEPT = 20


class Build(Record):
    """One image that was brought somewhere.

    ``reference`` is its name, ``place`` where it is: a name with its digest, or a path. ``digest``
    is that of the manifest (of the index, where there are several platforms), ``inputs`` names all
    that went in, ``time`` is UTC as ``2026-01-02T03:04:05Z``.
    """

    reference: str
    place: str
    digest: str
    image_id: str
    platform: str
    inputs: str
    time: str
    funcs: str


def remembered(folder: Path) -> tuple[Build, ...]:
    """The builds of the function in ``folder``, the last one last.

    A file of another version, or a damaged one, counts as none.
    """
    try:
        value: Any = json.loads((folder / FILE).read_text("utf-8"))
        if value["version"] != VERSION:
            return ()
        return tuple(
            Build(*(str(each[name]) for name in Build.__match_args__)) for each in value["builds"]
        )
    except (OSError, ValueError, TypeError, KeyError):
        return ()


def remember(folder: Path, builds: tuple[Build, ...], files: Mapping[str, str]) -> None:
    """Add ``builds`` to the function's memory, in place of what had their name at their place.

    An engine, an archive and a layout have one image of a name, whatever its platform; a registry
    has every digest.

    ``files`` are those that the images were made of (`inputs.Inputs`).

    Raises:
        FuncsError: it cannot be written.
    """
    file = folder / FILE
    new = {(build.reference, build.place) for build in builds}
    old = (each for each in remembered(folder) if (each.reference, each.place) not in new)
    kept = [*old, *builds][-_KEPT:]
    rows = [build._asdict() for build in kept]
    value = {"version": VERSION, "builds": rows, "files": dict(sorted(files.items()))}
    try:
        file.parent.mkdir(exist_ok=True)
        with written_whole(file) as draft:
            draft.write_text(json.dumps(value, indent=1) + "\n", "utf-8")
    except OSError as error:
        what = f"the image is built, but cannot be remembered: {error.strerror}"
        fix = "let your user write to the function's folder"
        raise FuncsError(what, where=str(file), fix=fix) from error
