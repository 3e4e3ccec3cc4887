from __future__ import annotations

import funcs

graph = funcs.Graph("x")
graph.to(abs).respond()
