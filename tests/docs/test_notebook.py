"""Notebooks, run cell by cell by a real kernel: the tutorial, and cells that are run again."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial" / "notebook.ipynb"
PATIENCE_S = 280


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a notebook runs: funcs is on its PATH, and no engine answers."""
    for name in [name for name in os.environ if name.startswith("FUNCS_")]:
        monkeypatch.delenv(name)
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    place = tmp_path / "notebook"
    place.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("DOCKER_HOST", "unix:///none.sock")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return place


def run(notebook: Any, folder: Path) -> list[str]:
    """What each cell of code shows: all it printed, then its value as text."""
    client = NotebookClient(
        notebook, timeout=PATIENCE_S, resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return ["".join(map(_shown, cell.outputs)) for cell in cells]


def _shown(output: Any) -> str:
    if output.output_type == "stream":
        return str(output.text)
    return str(output.data["text/plain"]) if "data" in output else ""


def cells(*sources: str) -> Any:
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return notebook


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="its base has Python 3.11")
def test_the_tutorial_runs_to_its_end(folder: Path) -> None:
    notebook = nbformat.read(TUTORIAL, as_version=4)
    shown = run(notebook, folder)

    assert float(shown[0]) > 0.95
    outputs, right = eval(shown[3])
    assert right == outputs
    assert "64" in shown[4]
    assert "built digits:latest in" in shown[5]
    assert "scikit-learn" in shown[6]
    assert "digits.skops" in shown[6]
    assert "the image has none" not in shown[6]
    assert (folder / "digits.tar").is_file()
    assert any("└─ models" in str(cell.get("outputs")) for cell in notebook.cells)


def test_a_cell_that_is_run_again_replaces_what_it_defined(folder: Path) -> None:
    model = """
class Sum(funcs.Model):
    def load(self): pass
    def predict(self, inputs): return [{} * sum(inputs)]
"""
    shown = run(
        cells(
            "import funcs",
            model.format(1),
            "fn = funcs.Function('adder', Sum)",
            "fn.test({'inputs': [1, 2]}).json()['outputs']",
            model.format(10),
            "fn.test({'inputs': [1, 2]}).json()['outputs']",
        ),
        folder,
    )

    assert ["[3]", "[30]"] == [shown[3], shown[5]]


def test_the_kernels_own_loop_is_not_in_the_way(folder: Path) -> None:
    shown = run(
        cells(
            "import asyncio, funcs",
            "async def double(value):\n    await asyncio.sleep(0)\n    print('asked')\n"
            "    return 2 * value",
            "graph = funcs.Graph('double')\ngraph.to(double).respond()\n"
            "fn = funcs.Function('double', graph)",
            "fn.test(21).json()",
            "asyncio.get_running_loop().is_running(), fn.test(4).json()",
        ),
        folder,
    )

    assert "asked\n42" == shown[3]
    assert "asked\n(True, 8)" == shown[4]


def test_an_error_shows_the_frames_of_cells_and_none_of_ours(folder: Path) -> None:
    notebook = cells(
        "import funcs\n"
        "class Price(funcs.Model):\n"
        "    def load(self):\n"
        "        raise OSError('no weights')\n"
        "    def predict(self, inputs):\n"
        "        return inputs\n"
        "fn = funcs.Function('price', Price)",
        "fn.test(1)",
        "fn.invoke(1)",
        "fn.build(image='A B')",
    )
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=PATIENCE_S, allow_errors=True, resources=resources).execute()
    failed, nowhere, refused = ("\n".join(c.outputs[0].traceback) for c in notebook.cells[1:])

    assert failed.endswith("LoadError: model 'price' did not load: OSError: no weights")
    assert ["raise OSError('no weights')", "fn.test(1)"] == [
        line.strip() for line in failed.splitlines() if line.startswith("    ")
    ]
    assert ["fn.invoke(1)"] == [
        line.strip() for line in nowhere.splitlines() if line.startswith("    ")
    ]
    assert "ImageReferenceError: " in refused.splitlines()[0]


def test_an_answer_shows_its_status_its_body_and_what_was_logged(folder: Path) -> None:
    hello, wrong, much = run(
        cells(
            "import funcs\n"
            "def handler(context, event):\n"
            "    context.logger.info_with('asked', rows=3)\n"
            "    return context.Response(body=event.body * 2, status_code=201)\n"
            "funcs.Function('hello', handler).test(b'a\\nb\\x1b')",
            "def handler(context, event):\n    raise ValueError('no such luck')\n"
            "funcs.Function('hello', handler).test()",
            "funcs.Function('hello', lambda context, event: 'x' * 5000).test()",
        ),
        folder,
    )

    lines = ["201 text/plain", "a", r"b\x1ba", r"b\x1b", "  info  asked  rows=3"]
    assert lines == hello.splitlines()
    assert "500 text/plain" == wrong.splitlines()[0]
    assert "    raise ValueError('no such luck')" in wrong.splitlines()
    assert "… 5000 bytes in all" == much.splitlines()[-1]
