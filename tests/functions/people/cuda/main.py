"""Written for Python 3.8 and a GPU; takes the CPU where there is none."""

import os
import sys


class ModelHandler:
    def __init__(self, device):
        self.device = device

    def infer(self, threshold):
        return [{"label": "car", "confidence": 0.9}] if threshold < 0.9 else []


def init_context(context):
    device = "cuda" if os.path.exists("/dev/nvidia0") else "cpu"
    setattr(context.user_data, "model", ModelHandler(device))
    context.logger.info("Init context...100%")


def handler(context, event):
    data = event.body or {}
    threshold = float(data.get("threshold", 0.5)) if isinstance(data, dict) else 0.5
    return {
        "results": context.user_data.model.infer(threshold),
        "device": context.user_data.model.device,
        "python": list(sys.version_info[:2]),
    }
