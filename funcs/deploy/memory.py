"""What `funcs build` remembered of a function: the only place where deploy knows a build.

``.funcs/build.json`` is ``{"version": 1, "builds": [{"reference", "place", "digest", …}]}``, the
last build last; ``place`` is a name with its digest, a name alone, or the path of an archive.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from funcs.errors import DeployError
from funcs.packaging.folder import folder_contents
from funcs_builder.entry import FileContent

_FILE = Path(".funcs", "build.json")
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Built:
    """An image that was built: its name, where it is, its digest, and when that was noted.

    ``file`` is the archive that it was written to; empty where an engine or a registry has it.
    """

    reference: str
    digest: str
    file: str
    noted_ns: int
    image_id: str = ""


def remembered(folder: Path) -> Built | None:
    """The image that was built last of the function in ``folder``; None if none was.

    Raises:
        DeployError: the memory is damaged, or of another funcs.
    """
    path = folder / _FILE
    try:
        document = json.loads(path.read_bytes())
        noted_ns = path.stat().st_mtime_ns
        if document["version"] != _VERSION:
            fix = "build again: funcs build"
            what = f"the build was remembered in the form {document['version']!r}"
            raise DeployError(what, where=str(path), fix=fix)
        builds = document["builds"]
        return _built(builds[-1], noted_ns) if builds else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        fix = "build again: funcs build"
        what = f"what the build remembered is damaged: {error!r}"
        raise DeployError(what, where=str(path), fix=fix) from None


def changed_since(folder: Path, built: Built) -> str:
    """A file of the function that changed after the image was made; empty if none did.

    The time of a file's change of state counts, which no copy or archive brings along.

    Raises:
        FuncsError: the folder cannot be read.
    """
    for entry in folder_contents(folder).entries:
        if isinstance(entry.content, FileContent):
            path = entry.content.path
            if path.stat().st_ctime_ns > built.noted_ns:
                return path.relative_to(folder).as_posix()
    return ""


def _built(build: Mapping[str, Any], noted_ns: int) -> Built:
    reference, place = str(build["reference"]), str(build["place"])
    digest = str(build["digest"] or build.get("image_id", ""))
    is_file = place.startswith((".", "/")) or place.endswith(".tar")
    # a digest is the same image for ever, a tag may move on
    name = place if "@" in place and not is_file else reference
    return Built(name, digest, place if is_file else "", noted_ns, str(build.get("image_id", "")))
