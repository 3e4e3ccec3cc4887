"""What the lines of an ignore file say of paths, remembered from one build to the next.

Of a listing that stays the same nothing need be matched again: pathspec, which knows how, takes as
long to import as a build of changed code has altogether.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from collections.abc import Sequence
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING

from funcs.errors import FuncsError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from funcs_builder.cache import Cache

_FORMAT = 2
_UNKNOWN = object()


class Patterns:
    """The lines of ``file``, in .gitignore's language; ``cache`` keeps what they said."""

    def __init__(self, lines: Sequence[str], file: Path, cache: Cache | None) -> None:
        self._lines = lines
        self._file = file
        self._cache = cache
        self._spec: GitIgnoreSpec | None = None
        parts = [_FORMAT, _matcher(), str(file.absolute()), *lines]
        self._key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
        self._known = (cache and cache.recall("ignored", self._key)) or {}
        self._said: dict[str, bool | None] = {}

    def excludes(self, path: str) -> bool | None:
        """Whether ``path``, a folder's with a slash at its end, stays behind; None: not said.

        Raises:
            FuncsError: a line is no pattern.
        """
        known = self._known.get(path, _UNKNOWN)
        verdict = known if known is None or isinstance(known, bool) else self._matched(path)
        self._said[path] = verdict
        return verdict

    def remember(self) -> None:
        """Keep what was said, of the paths alone that were asked for.

        Raises:
            BuildError: the cache cannot be written.
        """
        if self._cache is not None and self._said != self._known:
            self._cache.remember("ignored", self._key, self._said)

    def _matched(self, path: str) -> bool | None:
        if self._spec is None:
            from pathspec import GitIgnoreSpec

            try:
                self._spec = GitIgnoreSpec.from_lines(self._lines)
            except ValueError as error:
                where, fix = str(self._file), "correct the pattern"
                raise FuncsError(str(error), where=where, fix=fix) from None
        return self._spec.check_file(path).include


@functools.cache
def _matcher() -> str:
    """Names the pathspec that matches, which is not imported: another may see it otherwise."""
    found = util.find_spec("pathspec")
    place = (found and found.origin) or ""
    with contextlib.suppress(OSError):
        return f"{place} {Path(place).stat().st_mtime_ns}"
    return place
