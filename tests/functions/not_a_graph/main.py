from __future__ import annotations

graph = ["scale", "predict"]
