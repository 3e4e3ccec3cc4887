"""The no-op model on KServe's Python server, V1 protocol, latency log off."""

from __future__ import annotations

import os
from typing import Any

from kserve import Model, ModelServer


class Sum(Model):
    """The sum of each row."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.ready = True

    async def predict(
        self, payload: dict[str, Any], headers: object = None, response_headers: object = None
    ) -> dict[str, Any]:
        """``{"inputs": rows}`` to ``{"predictions": sums}``."""
        return {"predictions": [sum(row) for row in payload["inputs"]]}


if __name__ == "__main__":
    port = int(os.environ["PORT"])
    server = ModelServer(http_port=port, workers=1, enable_grpc=False, enable_latency_logging=False)
    server.start([Sum("m")])
