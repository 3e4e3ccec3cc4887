"""What `funcs build` remembered of a function, and what has changed since."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from funcs.errors import DeployError
from funcs.packaging.builds import FILE, VERSION
from funcs.packaging.facts import FunctionFacts
from funcs.packaging.inputs import Inputs
from funcs.spec import FunctionSpec


@dataclass(frozen=True, slots=True)
class Built:
    """An image that was built: its name, its digest, and the digests of what it was made of.

    ``archive`` is where it was written to; empty where an engine or a registry has it.
    """

    reference: str
    digest: str
    archive: str
    files: Mapping[str, str]
    image_id: str = ""


def remembered(folder: Path) -> Built | None:
    """The image that was built last of the function in ``folder``; None if none was.

    Raises:
        DeployError: the memory is damaged, or of another funcs.
    """
    path = folder / FILE
    try:
        document = json.loads(path.read_bytes())
        if document["version"] != VERSION:
            fix = "build again: funcs build"
            what = f"the build was remembered in the form {document['version']!r}"
            raise DeployError(what, where=str(path), fix=fix)
        builds = document["builds"]
        return _built(builds[-1], dict(document["files"])) if builds else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        fix = "build again: funcs build"
        what = f"what the build remembered is damaged: {error!r}"
        raise DeployError(what, where=str(path), fix=fix) from None


def changed_since(spec: FunctionSpec, built: Built) -> tuple[str, str]:
    """The first file that is not as the image has it, and how: ``is gone``; empty if none is.

    Raises:
        FuncsError: a file cannot be read.
    """
    now, then = Inputs(FunctionFacts.of(spec)).digests, built.files
    for path in sorted(now.keys() | then.keys()):
        if path not in now:
            return path, "is gone"
        if now[path] != then.get(path):
            return path, "differs" if path in then else "is new"
    return "", ""


def _built(build: Mapping[str, Any], files: Mapping[str, str]) -> Built:
    reference, place = str(build["reference"]), str(build["place"])
    digest = str(build["digest"] or build["image_id"])
    is_file = place.startswith((".", "/")) or place.endswith(".tar")
    # a digest is the same image for ever, a tag may move on
    name = place if "@" in place and not is_file else reference
    return Built(name, digest, place if is_file else "", files, str(build["image_id"]))
