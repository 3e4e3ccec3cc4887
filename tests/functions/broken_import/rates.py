from __future__ import annotations

RATES = {"EUR": 1.0}
RATE = RATES["USD"]
