"""Wheels kept by their sha256, and which of them a set of requirements came to.

A build whose requirements have not changed runs neither pip nor uv. Files appear under their
final names whole or not at all, so that builds at once may share one folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from funcs_builder.draft import draft_in
from funcs_builder.errors import BuildError
from funcs_builder.lock import Lock, LockedWheel, sha256_of
from funcs_builder.requirements import Requirements
from funcs_builder.target import Target

if TYPE_CHECKING:
    from funcs_builder.resolver import Resolver

__all__ = ["Wheelhouse"]

#: Part of each key: raised when the same requirements come to something else.
_FORMAT = 1


class Wheelhouse(NamedTuple):
    """The folder of wheels and locks; ``resolver`` is made when something must be fetched."""

    folder: Path
    resolver: Callable[[], Resolver]

    def lock(self, requirements: Requirements, target: Target, *, refresh: bool = False) -> Lock:
        """The wheels of ``requirements``, each of them here afterwards.

        What it was last time is kept while the requirements are the same; ``refresh`` looks for
        newer versions.

        Raises:
            BuildError: they cannot be had.
        """
        if not requirements:
            return Lock(target)
        memo = self._memo(requirements, target)
        known = None if refresh or requirements.is_local else _read(memo)
        if known is None:
            return self._resolve(requirements, target, memo)
        self._complete(known, requirements)
        return known

    def paths(self, lock: Lock) -> list[Path]:
        """The wheels of ``lock``, in its order."""
        return [self._place(wheel) for wheel in lock.wheels]

    def _resolve(self, requirements: Requirements, target: Target, memo: Path) -> Lock:
        with draft_in(self.folder) as folder:
            self.resolver().download(requirements, target, folder)
            lock = Lock.of(target, folder.iterdir())
            for wheel in lock.wheels:
                self._keep(folder / wheel.file, wheel)
        self._write(memo, lock)
        return lock

    def _complete(self, lock: Lock, requirements: Requirements) -> None:
        """Fetch again what was deleted."""
        missing = [wheel for wheel in lock.wheels if not self._has(wheel)]
        if not missing:
            return
        with draft_in(self.folder) as folder:
            self.resolver().fetch(Lock(lock.target, tuple(missing)), folder, requirements)
            for wheel in missing:
                self._keep(self._same(folder, wheel), wheel)

    def _same(self, folder: Path, wheel: LockedWheel) -> Path:
        path = folder / wheel.file
        if path.is_file() and sha256_of(path) == wheel.sha256:
            return path
        what = f"the index no longer has the wheel {wheel.file!r} that was locked"
        raise BuildError(what, fix="resolve again: funcs build --refresh")

    def _has(self, wheel: LockedWheel) -> bool:
        path = self._place(wheel)
        return path.is_file() and path.stat().st_size == wheel.size_bytes

    def _keep(self, path: Path, wheel: LockedWheel) -> None:
        place = self._place(wheel)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)

    def _place(self, wheel: LockedWheel) -> Path:
        return self.folder / "wheels" / wheel.sha256 / wheel.file

    def _memo(self, requirements: Requirements, target: Target) -> Path:
        parts = f"{_FORMAT}\n{requirements.digest()}\n{target!r}"
        return self.folder / "locks" / f"{hashlib.sha256(parts.encode()).hexdigest()}.json"

    def _write(self, memo: Path, lock: Lock) -> None:
        with draft_in(self.folder) as folder:
            memo.parent.mkdir(parents=True, exist_ok=True)
            (folder / memo.name).write_text(lock.to_json())
            (folder / memo.name).replace(memo)


def _read(memo: Path) -> Lock | None:
    try:
        return Lock.from_json(memo.read_text())
    except (OSError, ValueError):
        return None
