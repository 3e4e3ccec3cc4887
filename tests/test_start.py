"""What a worker's start must not wait for: modules that cost more than all they are used for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SERVING = Path(__file__).parent.parent / "handlers" / "serving"
SLOW = {"ast", "dataclasses", "inspect", "orjson", "platform", "typing", "uuid"}

GRAPH = """
from funcs import Graph, Model, Router

class Scaled(Model):
    def load(self):
        self.factor = self.params["factor"]

    def predict(self, inputs):
        return [self.factor * value for value in inputs]

class Rounded:
    def __init__(self, digits=1, context=None):
        self.digits = digits

    def do(self, values):
        return [round(value, self.digits) for value in values]

def known(values, limit):
    return values[:limit]

async def awaited(value):
    return value

graph = Graph("scaling")
graph.to(known, limit=10).to(Router()).add_model("m", Scaled, factor=2).to(LAST).respond()
"""

START = """
import sys
import funcs.worker.command
import function

class Logger:
    def debug_with(self, *words, **more): pass

class Context:
    logger = Logger()

function.init_context(Context())
print(*sys.modules)
"""


@pytest.mark.parametrize("last", ["Rounded", "awaited"])
def test_a_graph_handler_starts_without_slow_modules(tmp_path: Path, last: str) -> None:
    (tmp_path / "main.py").write_text(GRAPH.replace("LAST", last))
    environ = os.environ | {
        "FUNCS_CONFIG": '{"graph": "main:graph", "protocols": ["mlrun", "oip"]}',
        "NUCLIO_PYTHON_PATH": os.pathsep.join([str(tmp_path), str(SERVING)]),
        "PYTHONPATH": os.pathsep.join([str(SERVING), *sys.path]),
    }
    line = [sys.executable, "-c", START]
    answer = subprocess.run(line, capture_output=True, text=True, check=True, env=environ)

    assert set() == SLOW & set(answer.stdout.split())


def test_a_worker_whose_handler_counts_nothing_imports_no_metrics() -> None:
    code = """
import sys
import funcs.worker.command
from funcs.context import make_context
make_context(None)
print(*sys.modules)
"""
    line = [sys.executable, "-c", code]
    answer = subprocess.run(line, capture_output=True, text=True, check=True)

    assert [] == [name for name in answer.stdout.split() if name.startswith("funcs.metrics")]
    assert "mmap" not in answer.stdout.split()


def test_a_processor_starts_without_slow_modules() -> None:
    code = """
import sys
import funcs.cli.main, funcs.processor.command, funcs.processor.processor, funcs.settings
import funcs.processor.config, funcs.processor.signals
print(*sys.modules)
"""
    line = [sys.executable, "-c", code]
    answer = subprocess.run(line, capture_output=True, text=True, check=True)
    slow = SLOW | {"argparse", "asyncio", "pathlib", "yaml"}  # yaml is for files that are no JSON

    assert set() == slow & set(answer.stdout.split())
    assert "funcs.metrics" not in answer.stdout
