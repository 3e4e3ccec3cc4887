from __future__ import annotations

import atexit
import sys
import threading
from typing import Any

print("[{}]", flush=True)
print("not JSON", file=sys.stderr)
threading.Thread(target=threading.Event().wait).start()  # never ends, and is no daemon
atexit.register(print, "the end")


def handler(context: Any, event: Any) -> str:
    return "hello"
