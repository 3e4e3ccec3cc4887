from __future__ import annotations

from typing import Any

import cv2  # type: ignore[import-not-found]


def read(body: bytes) -> Any:
    return cv2.imdecode(body, 0)
