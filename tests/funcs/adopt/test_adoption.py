"""What `funcs init` makes of folders as people have them: tests/functions/adopt, one a case."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from funcs.adopt.adoption import Adoption, Wish
from funcs.adopt.entry import AdoptError
from funcs.errors import FuncsError, LoadError
from funcs.spec import FunctionSpec

CASES = Path(__file__).parent.parent.parent / "functions" / "adopt"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder called shop."""
    made = tmp_path / "shop"
    made.mkdir()
    return made


def copied(case: str, folder: Path) -> Path:
    shutil.copytree(CASES / case, folder, dirs_exist_ok=True)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("case", "handler", "graph"),
    [
        ("handler", "app:handler", ""),
        ("graph", "function:handler", "serving:flow"),
        ("model_class", "function:handler", "price:HousePrice"),
        ("networkx", "main:handler", ""),
        ("packages", "main:handler", ""),
    ],
)
def test_a_folder_with_an_entry_becomes_a_function_that_is_valid(
    case: str, handler: str, graph: str, folder: Path
) -> None:
    copied(case, folder)
    before = files(folder)

    Adoption.of(folder, Wish()).write()

    spec = FunctionSpec.of(folder)
    assert (handler, graph) == (spec.handler, spec.settings.graph)
    assert spec.name == "shop"
    assert spec.notices == ()
    after = files(folder)
    del after["function.yaml"]
    assert before == after


@pytest.mark.parametrize(
    ("case", "kind", "advice"),
    [
        ("mlrun", "MLRun model server", "server:Price (server.py:4), MLRun model server: derive"),
        ("kserve", "KServe model", "no payload and no headers"),
        ("litserve", "LitServe API", "setup becomes load"),
        ("bentoml", "BentoML service", "__init__ becomes load"),
        ("cog", "cog predictor", "setup becomes load"),
        ("mlflow", "MLflow model", "mlflow.pyfunc.load_model(self.artifact('model'))"),
        ("mlserver", "MLServer model", "model-settings.json, MLServer model"),
        ("sagemaker", "SageMaker script", "model_fn becomes load"),
        ("lambda", "AWS Lambda handler", "the arguments the other way round"),
        ("fastapi", "web application", "web:app (web.py:3)"),
        ("plain_class", "class with load and predict", "derive it from funcs.Model"),
        ("notebook", "notebook", "price.ipynb has a handler"),
    ],
)
def test_what_another_framework_serves_is_named_with_what_to_do(
    case: str, kind: str, advice: str, folder: Path
) -> None:
    copied(case, folder)

    adoption = Adoption.of(folder, Wish())

    assert adoption.text == ""
    assert kind in [row.kind for row in adoption.found]
    assert advice in adoption.to_do[0]
    assert adoption.to_do[-1] == "then run funcs init again"


def test_two_handlers_are_asked_about(folder: Path) -> None:
    copied("two_handlers", folder)

    with pytest.raises(AdoptError) as caught:
        Adoption.of(folder, Wish())

    assert "first:handler (first.py:1), second:handler (second.py:1)" in caught.value.what
    assert caught.value.fix == "choose one: --handler first:handler or --handler second:handler"


def test_the_command_line_chooses_and_names(folder: Path) -> None:
    copied("two_handlers", folder)

    Adoption.of(folder, Wish(handler="second:handler", name="till")).write()

    spec = FunctionSpec.of(folder)
    assert ("second:handler", "till") == (spec.handler, spec.name)


def test_a_python_file_is_looked_at_alone(folder: Path) -> None:
    copied("two_handlers", folder)

    adoption = Adoption.of(folder / "second.py", Wish())

    assert "handler: second:handler" in adoption.text
    assert adoption.file == folder / "function.yaml"


def test_main_comes_first_and_the_others_are_told(folder: Path) -> None:
    copied("two_handlers", folder)
    shutil.copy(folder / "first.py", folder / "main.py")

    adoption = Adoption.of(folder, Wish())

    assert "handler: main:handler" in adoption.text
    others = "--handler first:handler, or --handler second:handler"
    assert adoption.to_do[0] == f"this one is served; another is chosen by {others}"


@pytest.mark.parametrize(
    ("wish", "what", "fix"),
    [
        (Wish(handler="frist:handler"), "no frist.py", "did you mean 'first'?"),
        (Wish(handler="first:hander"), "first.py has no 'hander'", "did you mean 'handler'?"),
        (Wish(handler="first"), "not of the form", "main:graph"),
        (Wish(handler="first:handler", name="A B"), "letters, digits", "--name a-b"),
    ],
)
def test_a_wish_that_cannot_be_is_refused(wish: Wish, what: str, fix: str, folder: Path) -> None:
    copied("two_handlers", folder)

    with pytest.raises(FuncsError) as caught:
        Adoption.of(folder, wish)

    assert isinstance(caught.value, AdoptError | LoadError)
    assert what in caught.value.what
    assert fix in caught.value.fix


def test_what_is_there_is_never_replaced(folder: Path) -> None:
    copied("handler", folder)
    adoption = Adoption.of(folder, Wish())
    (folder / "function.yaml").write_text("mine")

    with pytest.raises(AdoptError, match="stays as it is"):
        adoption.write()
    with pytest.raises(AdoptError, match="stays as it is"):
        Adoption.of(folder, Wish())

    assert (folder / "function.yaml").read_text() == "mine"


def test_a_function_yaml_in_comments_is_one_already(folder: Path) -> None:
    text = "# @nuclio.configure\n#\n# function.yaml:\n#   spec:\n#     handler: main:handler\n"
    (folder / "main.py").write_text(text + "\ndef handler(context, event):\n    return 1\n")

    with pytest.raises(AdoptError, match="in its comments already"):
        Adoption.of(folder, Wish())


def test_code_is_never_run(folder: Path) -> None:
    (folder / "main.py").write_text(
        "from pathlib import Path\n"
        "Path(__file__).with_name('ran').touch()\n"
        "def handler(context, event):\n    return 1\n"
    )

    Adoption.of(folder, Wish()).write()

    assert not (folder / "ran").exists()


def test_what_is_left_to_do_is_said(folder: Path) -> None:
    copied("packages", folder)
    copied("handler", folder)
    (folder / "price.joblib").write_bytes(b"weights")

    to_do = Adoption.of(folder, Wish()).to_do

    assert "SHOP_TOKEN is read from the environment (app.py:3): name it in spec.env" in to_do
    assert "write into requirements.txt what pyproject.toml lists: numpy>=2, pillow" in to_do
    assert any(each.startswith("models.json does not name price.joblib") for each in to_do)
    assert not any("REGION" in each for each in to_do)


def test_packages_that_cog_lists_are_named(folder: Path) -> None:
    copied("cog", folder)
    copied("two_handlers", folder)
    (folder / "second.py").unlink()

    to_do = Adoption.of(folder, Wish()).to_do

    assert to_do == ("write into requirements.txt what cog.yaml lists: torch==2.4.0",)


def test_what_cannot_be_read_is_told_and_passed_over(folder: Path) -> None:
    (folder / "broken.py").write_text("def handler(:\n")
    (folder / "zero.py").write_bytes(b"\0")
    (folder / "odd.ipynb").write_text("[1, 2]")
    (folder / "worse.ipynb").write_text("{")
    (folder / "gone.py").symlink_to(folder / "nowhere.py")
    (folder / "deep.py").write_text(f"class A({'b.' * 3000}c): ...\n")
    os.mkfifo(folder / "pipe.py")
    (folder / "gone.pkl").symlink_to(folder / "nowhere.pkl")
    (folder / "pyproject.toml").write_text("= nothing")

    adoption = Adoption.of(folder, Wish())

    assert adoption.text == ""
    rows = {row.name: row.kind for row in adoption.found}
    assert "unreadable" == rows["broken.py"] == rows["zero.py"] == rows["deep.py"]
    assert rows.keys().isdisjoint(("gone.py", "gone.pkl", "pipe.py"))
    assert any(each.startswith("worse.ipynb: it is no notebook") for each in adoption.to_do)


def test_a_file_that_no_import_could_name_is_told(folder: Path) -> None:
    (folder / "my-shop.py").write_text("def handler(context, event):\n    return 1\n")

    adoption = Adoption.of(folder, Wish())

    assert adoption.text == ""
    told = ("my-shop.py cannot be imported by that name: call it my_shop.py",)
    assert (*told, "then run funcs init again") == adoption.to_do


def test_environments_and_tests_are_passed_over(folder: Path) -> None:
    for place in (".venv", "env", "tests", "__pycache__"):
        (folder / place).mkdir()
        (folder / place / "main.py").write_text("def handler(context, event):\n    return 1\n")
    (folder / "env" / "pyvenv.cfg").touch()

    with pytest.raises(AdoptError) as caught:
        Adoption.of(folder, Wish())

    assert "nothing in" in caught.value.what
    assert "start with a template: funcs new NAME" == caught.value.fix


@pytest.mark.parametrize(
    ("place", "what"), [("nowhere", "there is no folder"), ("notes.txt", "is no folder")]
)
def test_a_place_that_is_no_folder_is_refused(place: str, what: str, folder: Path) -> None:
    (folder / "notes.txt").touch()

    with pytest.raises(AdoptError, match=what):
        Adoption.of(folder / place, Wish())


def test_function_yml_is_to_be_renamed(folder: Path) -> None:
    (folder / "function.yml").touch()

    with pytest.raises(AdoptError) as caught:
        Adoption.of(folder, Wish())

    assert "rename it to function.yaml" == caught.value.fix
