"""A graph follows the names of what a notebook's cells define."""

from __future__ import annotations

import subprocess
import sys

import pytest

CELLS = """
import funcs
from funcs.graph.renew import renew

def scale(value): return 2 * value
class Sum(funcs.Model):
    def load(self): pass
    def predict(self, inputs): return "old"
def failed(error): return "old"

graph = funcs.Graph("g")
keep = scale
graph.to(lambda value: value, name="same").to(scale).to(funcs.Router(), name="models").respond()
graph["models"].add_model("m", Sum)
graph.error_handler(failed)
graph["scale"].error_handler(failed)
olds = scale, Sum, failed

def scale(value): return 3 * value
class Sum(funcs.Model):
    def load(self): pass
    def predict(self, inputs): return "new"
def failed(error): return "new"
"""
CHECKS = {
    "every_place_is_renewed": """
renew(graph)
plan = graph.plan()
assert plan.step("scale").target is scale
assert plan.step("scale").on_error.target is failed
assert plan.step("models").routes[0].target is Sum
assert plan.on_error.target is failed
""",
    "what_is_gone_or_of_another_kind_stays": """
del Sum
scale = 3
failed = olds[0]
renew(graph)
plan = graph.plan()
assert plan.step("scale").target is olds[0]
assert plan.step("models").routes[0].target is olds[1]
assert plan.on_error.target is olds[2]
""",
    "a_lambda_stays": """
before = graph["same"].target
renew(graph)
assert graph["same"].target is before
""",
}


@pytest.mark.parametrize("check", CHECKS)
def test_of_a_notebook(check: str) -> None:
    line = [sys.executable, "-c", CELLS + CHECKS[check]]
    done = subprocess.run(line, capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stderr)
