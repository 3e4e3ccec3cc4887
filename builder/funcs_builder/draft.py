"""Files that appear under their final names whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from funcs_builder.errors import BuildError

__all__ = ["appear", "draft_in"]


@contextmanager
def draft_in(folder: Path) -> Iterator[Path]:
    """A new folder on the disk of ``folder`` (made if need be), gone at the end of the block.

    What is to stay is moved out of it. Nothing else reads or writes in the block: an OSError in it
    is the disk's.

    Raises:
        BuildError: the folder cannot be written to, or the disk is full.
    """
    import tempfile  # 4 ms, which a build does without where only code has changed

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".draft-", dir=folder) as name:
            yield Path(name)
    except OSError as error:
        what = f"cannot write to the cache: {error.strerror or error}"
        fix = "free space on the disk, or name another folder: XDG_CACHE_HOME"
        raise BuildError(what, where=str(folder), fix=fix) from error


def appear(made: Path, place: Path) -> None:
    """Move the folder ``made`` to ``place``, unless another build was first."""
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        made.rename(place)
    except OSError:
        if not place.is_dir():
            raise
