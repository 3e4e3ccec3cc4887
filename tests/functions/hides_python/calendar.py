from __future__ import annotations

DAYS = 7
