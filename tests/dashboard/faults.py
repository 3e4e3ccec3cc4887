"""What goes wrong on the way to a dashboard, or is set up otherwise there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Fault:
    """The next requests that begin with ``call`` go wrong: another answer, or the line is cut.

    ``status`` 0 cuts the line; ``times`` is how often; ``is_late``: the request is carried out;
    ``location`` is where a redirect leads.
    """

    call: str
    status: int = 0
    body: bytes = b""
    content_type: str = "application/json"
    times: int = 1
    is_late: bool = False
    location: str = ""


@dataclass
class Faults:
    """Those that are set, and who is let in: ``authorization`` must be sent if it is set.

    ``heard`` is told of each call, and may set more faults for those after it.
    """

    pending: list[Fault] = field(default_factory=list)
    authorization: str = ""
    heard: Callable[[str], None] = lambda call: None

    def add(self, fault: Fault) -> None:
        """Set one more."""
        self.pending.append(fault)

    def next(self, call: str) -> Fault | None:
        """The fault for a call, once."""
        self.heard(call)
        for fault in self.pending:
            if call.startswith(fault.call) and fault.times:
                fault.times -= 1
                return fault
        return None
