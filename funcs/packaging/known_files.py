"""The sha256 of files that have not changed since it was taken: a model is read once.

A file counts as unchanged as it does for git: by size, time of change and inode.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from funcs.manifest import sha256_of, written_whole

#: A file changed so shortly before it was read may change again within the same tick.
_SETTLED_NS = 2_000_000_000


class KnownFiles:
    """What ``memory``, a file of its own, remembers; a damaged or foreign one is begun anew."""

    def __init__(self, memory: Path) -> None:
        self._memory = memory
        self._known = _read(memory)
        self._is_changed = False

    def sha256(self, file: Path) -> str:
        """The sha256 of ``file`` in hex: remembered if it is unchanged, else read.

        Raises:
            OSError: it cannot be read.
        """
        key, before = str(file.resolve()), _state(file)
        known = self._known.get(key)
        if known is not None and known[:-1] == before:
            return str(known[-1])
        digest = sha256_of(file)
        after = _state(file)
        settled = time.time_ns() - file.stat().st_mtime_ns > _SETTLED_NS
        if before == after and settled:
            self._known[key] = [*after, digest]
            self._is_changed = True
        return digest

    def write(self) -> None:
        """Remember what was read since; where that cannot be written, it is read again."""
        if not self._is_changed:
            return
        try:
            self._memory.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(self._memory) as draft:
                draft.write_text(json.dumps(self._known, indent=1, sort_keys=True))
        except OSError:
            return
        self._is_changed = False


def _state(file: Path) -> list[object]:
    stat: os.stat_result = file.stat()
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]


def _read(memory: Path) -> dict[str, list[object]]:
    try:
        value = json.loads(memory.read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(value, dict):
        return {}
    return {key: row for key, row in value.items() if isinstance(row, list) and len(row) == 5}
