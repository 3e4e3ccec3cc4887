"""What `funcs build` remembered of a function: the only place where deploy knows a build."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from funcs.errors import DeployError

_FILE = Path(".funcs", "build.json")
#: What no image depends on, so that touching it makes no image stale.
_UNSEEN = frozenset({".funcs", ".git", "__pycache__", ".venv", "venv", ".pytest_cache"})


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
    """The digest of all that an image is made of: the names and bytes of the function's files."""
    digest = hashlib.sha256()
    for path in sorted(_files(folder)):
        name = path.relative_to(folder).as_posix()
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{content} {name}\n".encode())
    return f"sha256:{digest.hexdigest()}"


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _UNSEEN]
        yield from (path for name in files if (path := Path(place, name)).is_file())
