"""What a dashboard is given to build: one file, or an archive with all that it installs."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from funcs.deploy.document import Additions, function_document
from funcs.deploy.nuclio.source import source_document
from funcs.deploy.target import Target
from funcs.errors import DeployError
from funcs.spec import FunctionSpec

TARGET = Target(platform="nuclio", url="http://host:8070")
GRAPH = "import funcs\n\ngraph = funcs.Graph('g')\ngraph.to(len, name='size').respond()\n"


def built(folder: Path, wheels: Path | None = None) -> tuple[dict[str, object], dict[str, bytes]]:
    """``spec.build``, and the archive's files."""
    spec = FunctionSpec.of(folder)
    document = function_document(spec, TARGET, Additions())
    document, files = source_document(spec, document, wheels)
    if not files:
        return document["spec"]["build"], {}
    ((name, data),) = files.items()
    assert hashlib.sha256(data).hexdigest() == name.partition("/")[0]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return document["spec"]["build"], {each: archive.read(each) for each in archive.namelist()}


def test_one_file_goes_into_the_request(folder: Path) -> None:
    (folder / "requirements.txt").write_text("# nothing\n")
    (folder / "README.md").write_text("shop\n")

    build, files = built(folder)

    code = (folder / "main.py").read_bytes()
    assert {"functionSourceCode": base64.b64encode(code).decode()} == build
    assert {} == files


@pytest.mark.parametrize(("size", "is_inline"), [(68_000, True), (74_000, False)])
def test_a_file_that_is_too_large_for_a_request_is_an_archive(
    folder: Path, size: int, is_inline: bool
) -> None:
    (folder / "main.py").write_text(f"TABLE = '{'a' * size}'\n")

    build, files = built(folder)

    assert is_inline == ("functionSourceCode" in build)
    assert is_inline == ("main.py" not in files)


def test_what_the_file_says_of_the_build_stays(folder: Path) -> None:
    text = (folder / "function.yaml").read_text()
    build = "  build: {baseImage: 'base:1', commands: [echo a], path: old, mode: neverBuild}\n"
    (folder / "function.yaml").write_text(text + build)

    found, _ = built(folder)

    assert "base:1" == found["baseImage"]
    assert ["echo a"] == found["commands"]
    assert "path" not in found
    assert "mode" not in found


def test_several_files_are_an_archive_without_secrets(folder: Path) -> None:
    (folder / "prices.py").write_text("RATE = 3\n")
    (folder / ".env").write_text("PASSWORD=x\n")

    build, files = built(folder)

    assert "archive" == build["codeEntryType"]
    assert {"main.py", "prices.py"} == set(files)
    assert "commands" not in build


def test_requirements_are_installed_after_the_files_are_there(folder: Path) -> None:
    (folder / "requirements.txt").write_text("numpy>=2\n")

    build, _ = built(folder)

    commands = build["commands"]
    assert isinstance(commands, list)
    assert "@nuclio.postCopy" == commands[0]
    assert commands[1].endswith("-r /opt/nuclio/requirements.txt")


def test_own_commands_keep_their_place(folder: Path) -> None:
    text = (folder / "function.yaml").read_text()
    commands = "[apt-get update, '@nuclio.postCopy', echo done]"
    (folder / "function.yaml").write_text(f"{text}  build: {{commands: {commands}}}\n")
    (folder / "requirements.txt").write_text("numpy>=2\n")

    build, _ = built(folder)

    found = build["commands"]
    assert isinstance(found, list)
    assert ["apt-get update", "@nuclio.postCopy"] == found[:2]
    assert "echo done" == found[-1]
    assert 4 == len(found)


def test_a_graph_brings_our_own_wheel_by_its_hash(folder: Path) -> None:
    (folder / "main.py").write_text(GRAPH)
    (folder / "function.yaml").write_text(
        "metadata: {name: shop}\n"
        "spec: {runtime: 'python:3.11', runtimeAttributes: {funcs: {graph: 'main:graph'}}}\n"
    )

    build, files = built(folder)

    (wheel,) = [name for name in files if name.endswith(".whl")]
    digest = hashlib.sha256(files[wheel]).hexdigest()
    assert f"/opt/nuclio/{wheel} --hash=sha256:{digest}\n" == files["_funcs/funcs.txt"].decode()
    assert b"nuclio-sdk" in files["_funcs/runtime.txt"]
    assert b"Host" in files["function.py"]
    commands = build["commands"]
    assert isinstance(commands, list)
    assert "--no-deps --require-hashes -r /opt/nuclio/_funcs/funcs.txt" in commands[1]


def test_wheels_make_a_build_without_an_index(folder: Path, tmp_path: Path) -> None:
    (folder / "requirements.txt").write_text("tiny\n")
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with pytest.raises(DeployError, match="the folder of wheels has none"):
        built(folder, wheels)
    (wheels / "tiny-1-py3-none-any.whl").write_bytes(b"PK")

    build, files = built(folder, wheels)

    assert b"PK" == files["_funcs/wheels/tiny-1-py3-none-any.whl"]
    commands = build["commands"]
    assert isinstance(commands, list)
    assert "--no-index --find-links /opt/nuclio/_funcs/wheels" in commands[1]


def test_the_same_folder_makes_the_same_archive(folder: Path) -> None:
    (folder / "prices.py").write_text("RATE = 3\n")
    first, _ = built(folder)
    (folder / "prices.py").touch()

    assert first == built(folder)[0]
