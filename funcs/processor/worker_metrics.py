"""What the handlers of some workers count: those that live, and those that are gone."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from funcs.metrics.family import Family
    from funcs.metrics.memory import MemoryReader


class WorkerMetrics:
    """The metrics of workers, added up; each worker's are the file that it has passed.

    What a worker counted stays when it ends: counters and histograms never go back. Its gauges
    are gone with it. ``warn`` is told once of each metric that has more labels than are shown.
    """

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._crowded: set[str] = set()
        self._readers: dict[int, MemoryReader] = {}
        self._past: dict[str, Family] = {}

    def open(self, fd: int) -> None:
        """A worker counts in this file, which is ours from now on.

        Raises:
            OSError: it is no file; then it is closed.
        """
        from funcs.metrics.memory import MemoryReader  # most handlers count nothing

        try:
            self._readers[fd] = MemoryReader.of_file(fd)
        except OSError:
            os.close(fd)
            raise

    def close(self, fd: int) -> None:
        """The worker of this file has ended."""
        from funcs.metrics.family import lasting

        last = self._of(self._readers.pop(fd))
        os.close(fd)
        self._add(self._past, lasting(last))

    def families(self) -> dict[str, Family]:
        """Every metric by its name, summed."""
        if not self._readers and not self._past:
            return {}
        total: dict[str, Family] = {}
        self._add(total, self._past)
        for reader in self._readers.values():
            self._add(total, self._of(reader))
        return total

    def _of(self, reader: MemoryReader) -> Mapping[str, Family]:
        """What one worker counts: nothing if that cannot be read, for no event hangs on it."""
        try:
            return reader.families()
        except Exception as error:
            self._warn(f"metrics of a worker cannot be read: {error!r}")
            return {}

    def _add(self, families: dict[str, Family], more: Mapping[str, Family]) -> None:
        from funcs.metrics.family import MOST_LABEL_SETS, add

        for name in add(families, more) - self._crowded:
            self._crowded.add(name)
            few = f"only {MOST_LABEL_SETS} sets of labels are shown, over all workers"
            self._warn(f"metric {name!r}: {few}")
