from __future__ import annotations

handler = "hello"
