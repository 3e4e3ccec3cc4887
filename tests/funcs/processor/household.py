"""What a processor has brought into the world: processes, its workers' own included, and files."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from tests.funcs.processor.flood import until
from tests.funcs.processor.serving import Serving

_MARK = "FUNCS_TEST_HOUSEHOLD"


class Household:
    """Finds the processes by a variable in their environment, which children inherit."""

    def __init__(self) -> None:
        self._mark = uuid.uuid4().hex
        self.environ = {_MARK: self._mark}

    def pids(self) -> set[int]:
        """The processes that are alive; not those that have ended and are not waited for."""
        wanted = f"{_MARK}={self._mark}".encode()
        found = set()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                try:
                    if wanted in (entry / "environ").read_bytes().split(b"\0"):
                        found.add(int(entry.name))
                except OSError:
                    continue
        return found

    def until_gone(self, *pids: int) -> None:
        """Return once these, or all when none is named, have ended."""
        until(lambda: not self.pids() & set(pids) if pids else not self.pids())


def socket_files(serving: Serving) -> list[str]:
    """The sockets of its workers that are there as files."""
    made = [fields["path"] for *_, fields in serving.records.logged if "path" in fields]
    return [path for path in made if "nuclio-rpc-" in path and Path(path).exists()]
