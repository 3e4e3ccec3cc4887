"""``funcs check`` names what is wrong with each of the functions under tests/functions."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from funcs.cli.check import Report, examine
from funcs.cli.checks.finding import Finding

FUNCTIONS = Path(__file__).parents[2] / "functions"


def check(case: str) -> Report:
    return examine(FUNCTIONS / case, static=False, timeout_s=20)


def failures(report: Report) -> dict[str, list[Finding]]:
    return {each.name: list(each.failures) for each in report.checks if not each.is_ok}


@pytest.mark.parametrize("case", ["plain", "graph", "prints"])
def test_a_function_that_runs_passes(case: str) -> None:
    assert {} == failures(check(case))


@pytest.mark.parametrize(
    ("case", "name", "what", "where"),
    [
        ("broken_import", "handler", "importing 'main' failed: KeyError: 'USD'", "rates.py:4"),
        ("no_handler", "handler", "module 'main' has no 'handler'", "no_handler/main.py"),
        ("few_arguments", "handler", "cannot be called with a context and an", "main.py:6"),
        ("not_callable", "handler", "is a str, which cannot be called", ""),
        ("exits", "handler", "ended the process (exit code 3): goodbye", ""),
        ("hides_python", "files", "'calendar.py' hides Python's own module", "calendar.py"),
        ("own_function", "files", "'function.py' hides funcs' own module", "function.py"),
        ("cycle", "graph", "the steps run in a circle: a → b → a", "main.py:15"),
        ("not_a_graph", "graph", "is of type list, not a funcs.Graph", ""),
    ],
)
def test_what_is_wrong_is_named_with_its_place(case: str, name: str, what: str, where: str) -> None:
    found = failures(check(case))

    assert [name] == list(found)
    (finding,) = found[name]
    assert what in finding.what
    assert finding.where.endswith(where)


def test_every_model_that_does_not_load_is_named() -> None:
    found = failures(check("models_fail"))

    assert ["models"] == list(found)
    missing, broken = found["models"]
    assert "model 'missing' did not load: there is no file 'weights.bin'" == missing.what
    assert "run: python train.py" == missing.fix
    assert "model 'broken' did not load: ValueError: no rate given" == broken.what
    assert broken.where.endswith("main.py:22")


def test_a_missing_package_comes_with_the_line_that_installs_it() -> None:
    found = failures(check("missing_package"))

    expected = [
        ("'cv2' is imported and not installed", "helper.py:5", "pip install opencv-python, "),
        ("'no such line' is not a requirement", "requirements.txt:4", ""),
        ("requirements.txt wants <1", "requirements.txt:2", "pip install 'numpy<1'"),
        ("the package 'funcs' of the index is a str", "requirements.txt:3", "write funcs-"),
    ]
    for (what, where, fix), finding in zip(expected, found["packages"], strict=True):
        assert what in finding.what
        assert finding.where.endswith(where)
        assert finding.fix.startswith(fix)
    assert found["handler"][0].fix.startswith("pip install opencv-python")


def test_a_graph_with_a_handler_of_its_own_needs_that_handler(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "import funcs\n\ngraph = funcs.Graph('g')\ngraph.to(len).respond()\n"
    )
    (tmp_path / "function.yaml").write_text(
        "metadata: {name: own}\n"
        "spec: {handler: 'main:handler', runtimeAttributes: {funcs: {graph: 'main:graph'}}}\n"
    )

    found = failures(examine(tmp_path, static=False, timeout_s=20))

    assert ["handler"] == list(found)
    assert "module 'main' has no 'handler', named by 'main:handler'" == found["handler"][0].what


def test_our_own_error_while_importing_keeps_its_parts(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "import funcs\n\ngraph = funcs.Graph('g')\n"
        "graph.to(len, name='size').respond()\ngraph['siz']\n"
    )

    found = failures(examine(tmp_path, static=False, timeout_s=20))

    (finding,) = found["graph"]
    assert "graph 'g' has no step 'siz'" == finding.what
    assert "main.py:5" == finding.where.rpartition("/")[2]
    assert finding.fix.startswith("did you mean 'size'?")


def test_one_broken_thing_hides_no_other() -> None:
    found = failures(check("many_errors"))

    assert ["function.yaml", "handler"] == list(found)
    assert 4 == len(found["function.yaml"])


@pytest.mark.parametrize("handler", ["", "handler: function:handler, "])
def test_a_spec_that_is_wrong_asks_for_no_handler_beside_the_graph(
    tmp_path: Path, handler: str
) -> None:
    (tmp_path / "main.py").write_text(
        "import funcs\ngraph = funcs.Graph('x')\ngraph.to(len, name='size').respond()\n"
    )
    (tmp_path / "function.yaml").write_text(
        f"spec: {{{handler}minReplicas: many, "
        "runtimeAttributes: {funcs: {graph: 'main:graph'}}}\n"
    )

    assert ["function.yaml"] == list(failures(examine(tmp_path, static=False, timeout_s=20)))


def test_mode_async_takes_async_handlers_only(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("def handler(context, event): ...\n")
    (tmp_path / "function.yaml").write_text(
        "spec: {handler: 'main:handler', triggers: {web: {kind: http, mode: async}}}\n"
    )

    (finding,) = failures(examine(tmp_path, static=False, timeout_s=20))["handler"]

    assert finding.what.startswith("The provided handler 'handler' must be an async function")
    assert "main.py:1" == finding.where.rpartition("/")[2]


def test_a_module_that_never_ends_is_named(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "import threading\nthreading.Event().wait()\ndef handler(context, event): ...\n"
    )
    from funcs.cli.checks.loading import Function, check_loading

    function = Function("x", tmp_path, "main:handler", "", {})
    (check,) = check_loading(function, {}, timeout_s=0.5, start_s=0.5)

    assert "importing the handler did not end within 1 s" == check.failures[0].what


def test_a_model_that_loads_for_ever_is_named(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "import threading, funcs\n"
        "class Slow(funcs.Model):\n"
        "    def load(self): threading.Event().wait()\n"
        "    def predict(self, inputs): return inputs\n"
        "graph = funcs.Graph('x')\n"
        "graph.to(funcs.Router(), name='models').respond()\n"
        "graph['models'].add_model('slow', Slow)\n"
    )
    found = failures(examine(tmp_path, static=False, timeout_s=0.2))

    assert "model 'slow' is still loading after 0.2 s" == found["models"][0].what


def test_what_the_spec_sets_is_in_the_functions_environment(tmp_path: Path) -> None:
    (tmp_path / "function.yaml").write_text(
        "metadata: {name: a}\nspec: {handler: main:handler, env: [{name: RATE, value: 2}]}\n"
    )
    (tmp_path / "main.py").write_text(
        "import os\nRATE = os.environ['RATE']\ndef handler(context, event): return RATE\n"
    )

    assert {} == failures(examine(tmp_path, static=False, timeout_s=20))


def test_statically_no_code_is_run(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("open('ran', 'w')\ndef handler(context, event): ...\n")
    report = examine(tmp_path, static=True, timeout_s=20)

    assert report.is_ok
    assert not (tmp_path / "ran").exists()
    assert "handler" not in [each.name for each in report.checks]


def test_a_check_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("def handler(context, event): ...\n")
    examine(tmp_path, static=False, timeout_s=20)

    assert ["main.py"] == [path.name for path in tmp_path.iterdir()]


def test_json_is_for_scripts() -> None:
    line = [sys.executable, "-m", "funcs", "check", "--json", str(FUNCTIONS / "cycle")]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)

    assert (1, "cycle", False) == (done.returncode, report["function"], report["ok"])
    assert [True, True, True, False] == [each["ok"] for each in report["checks"]]
    assert {"what", "where", "fix"} == set(report["checks"][3]["failures"][0])
