from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from funcs._data import data_folder
from funcs.spec import FunctionSpec

SERVING = data_folder("handlers") / "serving"
MAIN = """
import funcs

class Sum(funcs.Model):
    def predict(self, inputs):
        return [sum(row) for row in inputs]

graph = funcs.Graph("sums")
graph.to(funcs.Router(), name="models").respond()
graph["models"].add_model("sum", Sum)
"""
# What Nuclio's wrapper does: import the module, find init_context where the handler is defined.
PLAY = """
import json, sys
from function import handler
from funcs.context import make_context
from funcs.event import Event
class Quiet:
    def debug_with(self, message, **more): ...
init_context = sys.modules[handler.__module__].init_context
context = make_context(Quiet())
init_context(context)
event = Event(body={"inputs": [[1, 2]]}, path="/v2/models/sum/infer", method="POST", _id="e1")
answer = handler(context, event)
batch = handler(context, [event, event])
print(json.dumps([json.loads(answer.body)["outputs"], [one.event_id for one in batch],
                  "numpy" in sys.modules, "yaml" in sys.modules, "pydantic" in sys.modules]))
"""


def play(folder: Path, code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder), str(SERVING)])
    known = {"PATH": os.environ["PATH"], "NUCLIO_PYTHON_PATH": path, "PYTHONPATH": path}
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=known | environ, cwd=folder
    )


def test_the_entry_file_serves_the_users_graph(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(MAIN)
    played = play(tmp_path, PLAY, FUNCS_CONFIG='{"graph": "main:graph"}')

    assert "" == played.stderr
    assert [[3], ["e1", "e1"], False, False, False] == json.loads(played.stdout)


def test_without_funcs_config_the_users_function_yaml_is_read(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(MAIN)
    text = "spec: {handler: function:handler, runtimeAttributes: {funcs: {graph: main:graph}}}"
    (tmp_path / "function.yaml").write_text(text)

    assert [[3], ["e1", "e1"]] == json.loads(play(tmp_path, PLAY).stdout)[:2]


def test_a_broken_user_file_is_named_at_import(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("import funcs\nimport no_such_package\n")
    played = play(tmp_path, "import function", FUNCS_GRAPH="main:graph")

    assert 1 == played.returncode
    assert "importing 'main' failed: ModuleNotFoundError" in played.stderr
    assert f"{tmp_path / 'main.py'}:2" in played.stderr


def test_its_function_yaml_is_a_nuclio_function() -> None:
    spec = FunctionSpec.from_yaml(SERVING / "function.yaml")

    assert "function:handler" == spec.processor_yaml()["spec"]["handler"]
