"""Scripts, each a __main__ of its own, pack what they define; other processes load it."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from funcs.errors import FuncsError
from funcs.manifest import Manifest
from funcs.packaging.objects import packed_object

ROOT = Path(__file__).parents[3]
#: What the scripts end with: the packed object's files in the folder named on the command line.
PUT = """
import sys
from pathlib import Path
from funcs.manifest import Manifest
from funcs.packaging.objects import packed_object

packed = packed_object({0}, {1!r})
folder = Path(sys.argv[1])
for entry in packed.entries:
    (folder / Path(entry.path).name).write_bytes(entry.content.open().read())
Manifest().with_artifact(packed.artifact).write(folder)
print(*packed.requirements)
"""
NOTEBOOK = """
import funcs
import numpy
import helper

RATE = 5

def scale(inputs):
    return [helper.double(value) * RATE for value in inputs]

class Sum(funcs.Model):
    def load(self):
        import cronsim
        self.start = numpy.int64(1)

    def predict(self, inputs):
        return [int(self.start) + sum(inputs)]

graph = funcs.Graph("sum")
graph.to(scale).to(Sum, name="sum").respond()
"""


def run(text: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    script = folder / "script.py"
    script.write_text(text)
    line = [sys.executable, str(script), *arguments]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    folder = tmp_path / "notebook"
    folder.mkdir()
    (folder / "helper.py").write_text(
        "import other\n\n\ndef double(value):\n    return other.TWO * value\n"
    )
    (folder / "other.py").write_text("TWO = 2\n")
    return folder


@pytest.fixture
def image(tmp_path: Path) -> Path:
    folder = tmp_path / "image"
    folder.mkdir()
    return folder


@pytest.fixture
def packed(notebook: Path, image: Path) -> Path:
    """The folder with a graph of a notebook in it."""
    done = run(NOTEBOOK + PUT.format("graph", "graph"), str(image), folder=notebook)
    assert "" == done.stderr
    return image


def loaded(image: Path, expression: str) -> subprocess.CompletedProcess[str]:
    return run(f"import main\nprint({expression})\n", folder=image)


ASK = """
import funcs.testing, main
answer = funcs.testing.Client(main.graph).post("/", json={"inputs": [1, 2]})
print(answer.json()["outputs"])
"""


def test_a_graph_of_a_notebook_answers_elsewhere(packed: Path) -> None:
    done = run(ASK, folder=packed)

    assert ("", "[31]") == (done.stderr, done.stdout.strip())


def test_it_is_the_graph_that_function_yaml_can_name(packed: Path) -> None:
    text = "from pathlib import Path\nfrom funcs.loader import load_object\n"
    text += "print(type(load_object('main:graph', folder=Path())).__name__)"

    assert "Graph" == run(text, folder=packed).stdout.strip()


def test_packages_are_recorded_and_modules_of_the_folder_are_not(packed: Path) -> None:
    artifact = Manifest.read(packed).artifacts["graph.pkl"]

    assert ["cloudpickle", "cronsim", "numpy"] == sorted(artifact.packages)
    assert metadata.version("numpy") == artifact.packages["numpy"]
    assert f"{sys.version_info.major}.{sys.version_info.minor}" == artifact.python


def test_the_image_is_asked_for_the_same_versions(notebook: Path, image: Path) -> None:
    done = run(NOTEBOOK + PUT.format("Sum", "Sum"), str(image), folder=notebook)

    assert f"numpy=={metadata.version('numpy')}" in done.stdout.split()


def test_a_class_is_packed_under_its_name(notebook: Path, image: Path) -> None:
    run(NOTEBOOK + PUT.format("Sum", "Sum"), str(image), folder=notebook)

    assert "Sum" == loaded(image, "main.Sum.__name__").stdout.strip()


def test_what_cannot_be_packed_says_where_it_belongs(notebook: Path, image: Path) -> None:
    text = "lock = __import__('threading').Lock()\ndef graph(x):\n    return lock\n"
    said = run(text + PUT.format("graph", "graph"), str(image), folder=notebook).stderr

    assert "'graph' cannot be packed" in said
    assert "open files and connections in load()" in said


def test_a_name_that_no_module_could_have_is_refused() -> None:
    with pytest.raises(FuncsError, match="no name for an object"):
        packed_object(print, "my graph")
