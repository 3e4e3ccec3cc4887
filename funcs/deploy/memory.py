"""What `funcs build` remembered of a function: the only place where deploy knows a build."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from funcs.errors import DeployError
from funcs.packaging.folder import folder_contents

_FILE = Path(".funcs", "build.json")
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Built:
    """An image that was built: its reference, its digest, and the digest of what it is made of.

    ``has_healthcheck`` is what its configuration says; images of ours have one.
    """

    image: str
    digest: str
    inputs: str
    has_healthcheck: bool = True


def remembered(folder: Path) -> Built | None:
    """The image that was built last of the function in ``folder``; None if none was.

    Raises:
        DeployError: the memory is damaged.
    """
    path = folder / _FILE
    try:
        document = json.loads(path.read_bytes())
        return Built(
            image=_text(document["image"]),
            digest=_text(document["digest"]),
            inputs=_text(document["inputs"]),
            has_healthcheck=bool(document.get("healthcheck", True)),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        fix = "build again: funcs build"
        what = f"what the build remembered is damaged: {error!r}"
        raise DeployError(what, where=str(path), fix=fix) from None


def inputs_digest(folder: Path) -> str:
    """The digest of all that an image is made of: what of the folder goes into one.

    Raises:
        FuncsError: a file cannot be read.
    """
    digest = hashlib.sha256()
    for entry in folder_contents(folder).entries:
        content = entry.target
        if entry.content is not None:
            with entry.content.open() as stream:
                content = _sha256(stream)
        digest.update(f"{content} {entry.mode:o} {entry.path}\n".encode())
    return f"sha256:{digest.hexdigest()}"


def _sha256(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    while block := stream.read(_BLOCK_BYTES):
        digest.update(block)
    return digest.hexdigest()


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
