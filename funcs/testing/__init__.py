"""What the tests of a function import: a client without sockets, and a real emulator.

client = funcs.testing.Client(".")
answer = client.post("/v2/models/price/infer", json={"inputs": [[3, 70]]})

The events beside a function are checked by ``events(".")``, for ``pytest.mark.parametrize``.
"""

from __future__ import annotations

from funcs.emulator.answer import Answer
from funcs.testing.client import Client
from funcs.testing.emulator import Emulator
from funcs.testing.events import EventCheck, events

__all__ = ["Answer", "Client", "Emulator", "EventCheck", "events"]
