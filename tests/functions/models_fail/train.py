from __future__ import annotations

print("this one trains nothing")
